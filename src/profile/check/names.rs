//! Names and tags: alphabets, lengths, and names that would meet.
//!
//! Source: learn.microsoft.com, resource-name-rules; the AKS specification; tag limits of Azure
//! Resource Manager.

use std::collections::{BTreeMap, HashMap};

use super::Rules;
use super::syntax::{
    cluster_name_of, is_cluster_name, is_dns_label, is_group_name, is_network_name,
};
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::schema::{KEPT_SUBNETS, Model};

/// Tags that a resource carries: Azure takes 50, akstool writes up to three of its own, and one
/// is left for AKS.
const TAGS: usize = 46;

/// The longest tag name and value in characters.
const TAG_NAME: usize = 512;
const TAG_VALUE: usize = 256;

/// The longest name of network, subnet and network's group on overlay, because they become node
/// labels (concepts-network-azure-cni-overlay).
const OVERLAY_NAME: usize = 63;

/// The longest name of a virtual network.
const VNET_NAME: usize = 64;

/// The longest name of the nodes' resource group.
const NODE_GROUP: usize = 80;

pub(super) fn check(rules: &mut Rules<'_>) {
    cluster(rules, "metadata.name", Some(&rules.profile.metadata.name));
    cluster(rules, "cluster.name", rules.profile.cluster.name.as_deref());
    location(rules);
    groups(rules);
    dns_prefix(rules);
    vnet(rules);
    subnets(rules);
    tags(rules, "metadata.tags", &rules.profile.metadata.tags);
    for (index, pool) in rules.profile.pools.iter().enumerate() {
        tags(rules, &format!("pools[{index}].tags"), &pool.tags);
    }
}

fn cluster(rules: &mut Rules<'_>, path: &str, name: Option<&str>) {
    let Some(name) = name.filter(|name| !is_cluster_name(name)) else { return };
    let hint = cluster_name_of(name).map(|close| format!("`{close}` would do"));
    rules
        .error(
            path,
            format!(
                "`{}` is no name for a cluster: letters, digits, `-` and `_`, a letter or digit \
                     at both ends",
                quote(name)
            ),
        )
        .maybe_hint(hint);
}

fn location(rules: &mut Rules<'_>) {
    let location = &rules.profile.metadata.location;
    if location.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return;
    }
    let plain: String = location.chars().filter(char::is_ascii_alphanumeric).collect();
    let hint = (!plain.is_empty()).then(|| format!("write `{}`", plain.to_ascii_lowercase()));
    let what = format!("`{}` is no name of a region: letters and digits only", quote(location));
    rules.error("metadata.location", what).maybe_hint(hint);
}

fn groups(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let group = profile.metadata.resource_group_or_default();
    let node_group = profile.cluster.node_resource_group.as_deref();
    let written = [
        ("metadata.resourceGroup", profile.metadata.resource_group.as_deref()),
        ("cluster.nodeResourceGroup", node_group),
    ];
    for (path, name) in written {
        if let Some(name) = name.filter(|name| !is_group_name(name)) {
            let what = format!("`{}` is no name for a resource group", quote(name));
            rules.error(path, what).hint(
                "letters, digits, `_`, `-`, `.` and round brackets, without a full stop at the end",
            );
        }
    }
    if node_group.is_some_and(|name| name.eq_ignore_ascii_case(group)) {
        rules
            .error("cluster.nodeResourceGroup", "nodes cannot share the cluster's resource group")
            .also("metadata.resourceGroup", format!("the cluster's is `{}`", quote(group)))
            .hint("AKS makes a group of its own for nodes; leave `nodeResourceGroup` out");
    }
    let default = format!("MC_{group}_{}_{}", profile.cluster_name(), profile.metadata.location);
    let length = default.chars().count();
    if node_group.is_none() && length > NODE_GROUP {
        let what = format!(
            "AKS would name the nodes' resource group `{}`: {length} characters, {NODE_GROUP} \
                 is the limit",
            quote(&default)
        );
        let path = "metadata.name";
        rules.error(path, what).hint("set `cluster.nodeResourceGroup` to something shorter");
    }
}

fn dns_prefix(rules: &mut Rules<'_>) {
    let prefix = rules.profile.cluster.dns_prefix.as_deref();
    if let Some(prefix) = prefix.filter(|prefix| !is_dns_label(prefix)) {
        let what = format!("`{}` is no prefix of a host name", quote(prefix));
        rules
            .error("cluster.dnsPrefix", what)
            .hint("letters, digits and `-`, a letter or digit at both ends");
    }
}

/// Our own network is called after the environment, and so must fit too.
fn vnet(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let ours = profile.network.vnet.as_ref().is_some_and(|vnet| vnet.id.is_none())
        && profile.names.vnet.is_none();
    let length = profile.metadata.name.chars().count() + "-vnet".len();
    let limit = if profile.model() == Model::Overlay { OVERLAY_NAME } else { VNET_NAME };
    if ours && length > limit {
        let room = limit - "-vnet".len();
        let what = format!(
            "the virtual network would be `{}-vnet`, {length} characters; {limit} is the limit",
            quote(&profile.metadata.name)
        );
        rules.error("metadata.name", what).hint(format!("at most {room} characters would do"));
    }
}

fn subnets(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let overlay = profile.model() == Model::Overlay;
    let used = |name: &str| profile.pools.iter().any(|pool| pool.subnet_or_default() == name);
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, subnet) in &profile.network.subnets {
        let path = key_path("network.subnets", name);
        if !(1..=80).contains(&name.chars().count()) || !is_network_name(name) {
            let what = format!("`{}` is no name for a subnet", quote(name));
            rules.error(&path, what).at_key().hint(
                "1 to 80 letters, digits, `_`, `.` and `-`, a letter or digit first, no `.` or \
                     `-` last",
            );
        }
        if let Some(first) = seen.insert(name.to_ascii_lowercase(), name) {
            rules
                .error(
                    &path,
                    format!("two subnets are named `{}`: Azure ignores case", quote(name)),
                )
                .at_key()
                .also(&key_path("network.subnets", first), "the other one");
        }
        if KEPT_SUBNETS.iter().any(|kept| kept.eq_ignore_ascii_case(name)) && used(name) {
            let what = format!("Azure keeps the subnet `{name}` for a service of its own");
            rules.error(&path, what).at_key().hint("give the pool another subnet, such as `nodes`");
        }
        if overlay && subnet.id.is_none() && name.chars().count() > OVERLAY_NAME && used(name) {
            too_long_for_a_label(rules, &path, "subnet", name);
        }
    }
    if overlay {
        existing_names(rules);
    }
}

/// Holds the names inside the ids of an existing network against the length of a node label.
fn existing_names(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let vnet = network.vnet.as_ref().and_then(|vnet| vnet.id.as_deref());
    let vnet = vnet.map(|id| ("network.vnet.id".to_owned(), id));
    let subnets = network.subnets.iter().filter_map(|(name, subnet)| {
        Some((format!("{}.id", key_path("network.subnets", name)), subnet.id.as_deref()?))
    });
    for (path, id) in vnet.into_iter().chain(subnets) {
        let segments: Vec<&str> = id.split('/').collect();
        let named = [(4, "resource group"), (8, "virtual network"), (10, "subnet")];
        let last = if segments.len() > 10 { 2 } else { 0 };
        for (at, kind) in named.iter().skip(last) {
            let name = segments.get(*at).copied().unwrap_or_default();
            if name.chars().count() > OVERLAY_NAME {
                too_long_for_a_label(rules, &path, kind, name);
            }
        }
    }
}

fn too_long_for_a_label(rules: &mut Rules<'_>, path: &str, kind: &str, name: &str) {
    let length = name.chars().count();
    let what = format!(
        "the name of the {kind} has {length} characters; on overlay it becomes a node label, \
             where {OVERLAY_NAME} is the limit"
    );
    rules.error(path, what).at_key().also("network.mode", "overlay");
}

fn tags(rules: &mut Rules<'_>, path: &str, tags: &BTreeMap<String, Option<String>>) {
    if tags.len() > TAGS {
        let what = format!("{} tags; Azure takes 50, of which {TAGS} are left", tags.len());
        rules.error(path, what);
    }
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, value) in tags {
        let here = key_path(path, name);
        tag(rules, &here, name, value.as_deref().unwrap_or_default());
        if let Some(first) = seen.insert(name.to_lowercase(), name) {
            rules
                .error(&here, format!("two tags are named `{}`: Azure ignores case", quote(name)))
                .at_key()
                .also(&key_path(path, first), "the other one");
        }
    }
}

fn tag(rules: &mut Rules<'_>, path: &str, name: &str, value: &str) {
    let length = name.chars().count();
    if length > TAG_NAME {
        let what = format!("a tag's name of {length} characters; {TAG_NAME} is the limit");
        rules.error(path, what).at_key();
    }
    if name.is_empty() || name.contains(['<', '>', '%', '&', '\\', '?', '/']) {
        let what = format!("`{}` is no name for a tag", quote(name));
        rules
            .error(path, what)
            .at_key()
            .hint("not empty, and none of `<` `>` `%` `&` `\\` `?` `/`");
    }
    let length = value.chars().count();
    if length > TAG_VALUE {
        let what = format!("a tag's value of {length} characters; {TAG_VALUE} is the limit");
        rules.error(path, what);
    }
    own_tag(rules, path, name);
}

/// Refuses tags that say whose a resource is: only akstool writes them.
pub(super) fn own_tag(rules: &mut Rules<'_>, path: &str, name: &str) {
    if name.to_ascii_lowercase().starts_with("akstool-") {
        let what = format!("`{}`: akstool keeps tags that begin with `akstool-`", quote(name));
        rules.error(path, what).at_key().hint("give the tag another name");
    }
}
