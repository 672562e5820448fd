//! Raw ARM properties: not what a field says as well, not what is Azure's own, no secrets.
//!
//! What the properties mean only Azure knows. What is found here would otherwise be dropped without
//! a word (read-only places), decided by chance (a place said twice), or kept in a file that people
//! share (secrets).

use serde_json::{Map, Value};

use super::Rules;
use crate::arm::redact::is_secret;
use crate::profile::place::{index_path, key_path};
use crate::profile::problem::quote;
use crate::profile::raw::Section;
use crate::profile::schema::{OutboundType, Profile, Raw, RouteTableChoice, SecurityGroup, Switch};
use crate::profile::secret::has_password;

/// What stands beside `properties` in ARM, and what says it here.
const BESIDE: [(&str, &str); 9] = [
    ("properties", "write what stands in it here, without `properties`"),
    ("location", "`metadata.location` says it"),
    ("identity", "`cluster.identity` says it"),
    ("sku", "`cluster.tier` says that of a cluster, `registry.sku` of a registry"),
    ("name", "the profile's names say it"),
    ("id", "it follows from the profile's names"),
    ("apiVersion", "`--api-version TYPE=VERSION` says it"),
    ("etag", "it is Azure's own"),
    ("systemData", "it is Azure's own"),
];

/// Secrets that have a way without them.
const WAYS: [(&str, &str); 3] = [
    (
        "servicePrincipalProfile",
        "leave `servicePrincipalProfile` out: the cluster acts as a managed identity \
         (`cluster.identity`), which has no secret",
    ),
    ("windowsProfile", "leave it out: AKS makes one that nobody has to keep"),
    ("aadProfile", "`cluster.entra: true` needs no application and no secret"),
];

/// What a secret is told where no way is known.
const NO_SECRET: &str = "a profile is kept and shared: give the workload an identity \
                         (`cluster.workloadIdentity`), or keep the secret in a key vault";

pub(super) fn check(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    for block in blocks(profile) {
        let Some(raw) = block.raw else { continue };
        let path = format!("{}.properties", block.at);
        if let Some(why) = block.unused {
            rules.unused(&path, why);
        }
        if block.exists {
            rules
                .error(&path, "what exists is named and never changed, so it takes no properties")
                .also(&format!("{}.id", block.at), "this names it")
                .hint("delete one of the two");
            continue;
        }
        Walk { rules, block: &block }.object(&raw.0, &path, &mut Vec::new());
    }
    references(rules);
}

/// Returns all raw properties: what they are part of, as references call it, and their path.
pub(super) fn said(profile: &Profile) -> Vec<(String, String, &Raw)> {
    let head = |block: &Block<'_>| match block.section {
        Section::Cluster => "cluster".to_owned(),
        Section::Vnet | Section::Peering => "vnet".to_owned(),
        Section::NatGateway => "natGateway".to_owned(),
        Section::RouteTable => "routeTable".to_owned(),
        Section::SecurityGroup => "securityGroup".to_owned(),
        Section::Registry => "registry".to_owned(),
        Section::LogWorkspace => "logs".to_owned(),
        // By key and by place, as the paths are.
        Section::Subnet => block.at.replacen("network.", "", 1),
        Section::Pool => block.at.clone(),
    };
    let all = blocks(profile).into_iter();
    all.filter_map(|block| Some((head(&block), format!("{}.properties", block.at), block.raw?)))
        .collect()
}

/// A block of the profile with raw properties.
pub(super) struct Block<'a> {
    /// Which it is.
    pub(super) section: Section,
    /// The path of the block.
    pub(super) at: String,
    /// What it says.
    pub(super) raw: Option<&'a Raw>,
    /// Whether the block names what exists.
    exists: bool,
    /// Why it has no effect, if it has none.
    unused: Option<&'static str>,
}

/// Returns every block that takes raw properties.
pub(super) fn blocks(profile: &Profile) -> Vec<Block<'_>> {
    let network = &profile.network;
    let block = |section, at: &str, raw, exists| {
        let at = at.to_owned();
        Block { section, at, raw, exists, unused: None }
    };
    let mut all =
        vec![block(Section::Cluster, "cluster", profile.cluster.properties.as_ref(), false)];
    for (index, pool) in profile.pools.iter().enumerate() {
        let at = index_path("pools", index);
        all.push(block(Section::Pool, &at, pool.properties.as_ref(), false));
    }
    if let Some(vnet) = &network.vnet {
        let (raw, exists) = (vnet.properties.as_ref(), vnet.id.is_some());
        all.push(block(Section::Vnet, "network.vnet", raw, exists));
    }
    for (name, subnet) in &network.subnets {
        let at = key_path("network.subnets", name);
        all.push(block(Section::Subnet, &at, subnet.properties.as_ref(), subnet.id.is_some()));
    }
    for (index, peering) in network.peerings.iter().enumerate() {
        let at = index_path("network.peerings", index);
        all.push(block(Section::Peering, &at, peering.properties.as_ref(), false));
    }
    if let Some(table) = &network.route_table {
        let (raw, exists) = (table.properties.as_ref(), table.id.is_some());
        all.push(block(Section::RouteTable, "network.routeTable", raw, exists));
    }
    if let Some(group) = &network.security_group {
        let exists = group.existing().is_some();
        all.push(block(
            Section::SecurityGroup,
            "network.securityGroup",
            group.properties(),
            exists,
        ));
    }
    if let Some(gateway) = network.outbound.as_ref().and_then(|out| out.nat_gateway.as_ref()) {
        let (raw, exists) = (gateway.properties.as_ref(), gateway.id.is_some());
        let mut block = block(Section::NatGateway, "network.outbound.natGateway", raw, exists);
        let is_own = network.outbound_type() == OutboundType::UserAssignedNatGateway;
        block.unused =
            (!is_own).then_some("AKS makes its own gateway; `cluster.properties` reaches it");
        all.push(block);
    }
    if let Some(registry) = &profile.registry {
        let (raw, exists) = (registry.properties.as_ref(), registry.id.is_some());
        all.push(block(Section::Registry, "registry", raw, exists));
    }
    let logs = profile.monitoring.as_ref().and_then(|monitoring| monitoring.logs.as_ref());
    if let Some(workspace) = logs.and_then(Switch::settings).map(|logs| &logs.workspace) {
        let (raw, exists) = (workspace.properties.as_ref(), workspace.id.is_some());
        all.push(block(Section::LogWorkspace, "monitoring.logs.workspace", raw, exists));
    }
    all
}

/// A route table or a security group without an id and without properties says nothing; that of one
/// subnet is named by its id.
fn references(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let mut bare = Vec::new();
    let mut add = |at: String, id: Option<&str>, raw: Option<&Raw>, of_subnet: bool| {
        if id.is_none() && (of_subnet || raw.is_none()) {
            bare.push((at, of_subnet));
        }
    };
    if let Some(table) = &network.route_table {
        let at = "network.routeTable".to_owned();
        add(at, table.id.as_deref(), table.properties.as_ref(), false);
    }
    if let Some(SecurityGroup::Existing(group)) = &network.security_group {
        let at = "network.securityGroup".to_owned();
        add(at, group.id.as_deref(), group.properties.as_ref(), false);
    }
    for (name, subnet) in &network.subnets {
        let at = key_path("network.subnets", name);
        if let Some(RouteTableChoice::Existing(table)) = &subnet.route_table {
            add(format!("{at}.routeTable"), table.id.as_deref(), None, true);
        }
        if let Some(SecurityGroup::Existing(group)) = &subnet.security_group {
            add(format!("{at}.securityGroup"), group.id.as_deref(), None, true);
        }
    }
    for (at, of_subnet) in bare {
        let what = format!("`{at}` has no `id`");
        let hint = if of_subnet {
            "`true` is the environment's own, whose properties stand in `network`"
        } else {
            "`id` names an existing one, `properties` is for our own"
        };
        rules.error(&at, what).hint(hint);
    }
}

struct Walk<'r, 'a, 'p> {
    rules: &'r mut Rules<'p>,
    block: &'a Block<'a>,
}

impl Walk<'_, '_, '_> {
    fn object(&mut self, members: &Map<String, Value>, path: &str, place: &mut Vec<String>) {
        for (name, value) in members {
            let here = key_path(path, name);
            place.push(name.clone());
            if !self.refused(name, value, &here, place) {
                self.value(value, &here, place);
            }
            place.pop();
        }
    }

    fn value(&mut self, value: &Value, path: &str, place: &mut Vec<String>) {
        match value {
            Value::Object(members) => self.object(members, path, place),
            Value::Array(items) => {
                place.push("[]".to_owned());
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &index_path(path, index), place);
                }
                place.pop();
            }
            Value::String(text) if has_password(text) => self.secret(path, place),
            _ => {}
        }
    }

    /// Says what is wrong with a place as such, if anything is.
    fn refused(&mut self, name: &str, value: &Value, path: &str, place: &[String]) -> bool {
        let section = self.block.section;
        let beside = BESIDE.iter().find(|(known, _)| *known == name && place.len() == 1);
        if let Some((_, hint)) = beside {
            let what = format!("`{name}` is no property: in ARM it stands beside `properties`");
            self.rules.error(path, what).at_key().hint(*hint);
        } else if section.is_read_only(place) {
            let what =
                format!("`{}` is read-only: Azure says it, nobody else", quote(&place.join(".")));
            self.rules.error(path, what).at_key().hint(
                if place[0].eq_ignore_ascii_case("powerState") {
                    "`akstool stop` and `akstool start` switch it"
                } else {
                    "delete it"
                },
            );
        } else if is_secret(name) && value.as_str().is_some_and(|text| !text.is_empty()) {
            self.secret(path, place);
        } else {
            return self.said_twice(value, path, place);
        }
        true
    }

    fn secret(&mut self, path: &str, place: &[String]) {
        let what = format!("`{}` is a secret, and a profile holds none", quote(&place.join(".")));
        let known = WAYS.iter().find(|(at, _)| place[0].eq_ignore_ascii_case(at));
        self.rules.error(path, what).at_key().hint(known.map_or(NO_SECRET, |(_, way)| *way));
    }

    /// Says that a field of the profile says this too. An object is looked into: only where it ends
    /// does it say anything.
    fn said_twice(&mut self, value: &Value, path: &str, place: &[String]) -> bool {
        let section = self.block.section;
        let ends = value.as_object().is_none_or(serde_json::Map::is_empty);
        let Some(said) = (if ends { section.said(place) } else { section.covered(place) }) else {
            return false;
        };
        let at = |field: &&str| match field.strip_prefix('.') {
            Some(own) => format!("{}.{own}", self.block.at),
            None => (*field).to_owned(),
        };
        let fields: Vec<String> = said.by.iter().map(at).collect();
        let written = fields.iter().find(|field| self.rules.places.is_written(field));
        let name = quote(&place.join("."));
        if said.alone {
            let what = format!("`{name}` is made of `{}`", fields[0]);
            let hint = format!("say it in `{}`", fields[0]);
            let error = self.rules.error(path, what).at_key().hint(hint);
            written.map(|field| error.also(field, "these are said here"));
        } else if let Some(field) = written {
            let what = format!("`{name}` is said twice: here and by `{field}`");
            let hint = format!("delete one of the two; `{field}` is checked before Azure is asked");
            self.rules.error(path, what).at_key().also(field, "said here too").hint(hint);
        } else {
            let what =
                format!("`{}` says `{name}` too, and is checked before Azure is asked", fields[0]);
            self.rules.advice(path, what).at_key();
        }
        true
    }
}
