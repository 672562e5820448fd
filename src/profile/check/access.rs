//! Who reaches a cluster, and as whom it acts.
//!
//! Sources: learn.microsoft.com, api-server-authorized-ip-ranges, enable-authentication-microsoft-entra-id
//! and local-accounts.

use super::Rules;
use crate::address::free::is_private;
use crate::profile::place::{index_path, key_path};
use crate::profile::problem::quote;
use crate::profile::roles;
use crate::profile::schema::{ApiServer, Grant, OutboundType, Switch};
use crate::profile::shape_words::nearest;

/// The most ranges of an API server of AKS's own, and of one in a subnet of ours.
const RANGES: usize = 200;
const RANGES_IN_A_SUBNET: usize = 2_000;

const AUTHORIZED: &str = "cluster.apiServer.authorizedRanges";
const RAW_AUTHORIZED: &str = "cluster.properties.apiServerAccessProfile.authorizedIPRanges";
const WORKLOADS: &str = "workloadIdentities";
const KUBELET: &str = "cluster.kubeletIdentity";
const ENTRA: &str = "cluster.entra";
const RAW_ENTRA: &str = "cluster.properties.aadProfile";
const LOCAL: &str = "cluster.localAccounts";
const PRIVATE: &str = "cluster.apiServer.private";

pub(super) fn check(rules: &mut Rules<'_>) {
    if let Some(wish) = &rules.profile.cluster.api_server {
        authorized(rules, wish);
    }
    entra(rules);
    kubelet(rules);
    workloads(rules);
}

/// Whom pods act as.
fn workloads(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let cluster = &profile.cluster;
    if !profile.workload_identities.is_empty() && cluster.workload_identity != Some(true) {
        rules
            .error(
                WORKLOADS,
                "pods act as an identity only where the cluster has workload identity",
            )
            .hint("set `cluster.workloadIdentity: true`");
    }
    for (key, wish) in &profile.workload_identities {
        let path = key_path(WORKLOADS, key);
        let name = profile.workload_name(key);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if key.is_empty() || !first || !name.chars().all(is_plain) || name.len() > 128 {
            let what = format!("`{}` is no name for an identity", quote(&name));
            rules
                .error(&path, what)
                .at_key()
                .hint("at most 128 letters, digits, `-` and `_`, the environment's name included");
        } else if ["identity", "kubelet"].iter().any(|own| own.eq_ignore_ascii_case(key)) {
            let what =
                format!("`{}` is what akstool calls an identity of the cluster's", quote(&name));
            rules.error(&path, what).at_key().hint("choose another name");
        }
        for (index, account) in wish.service_accounts.iter().enumerate() {
            let first = wish.service_accounts.iter().position(|one| one == account);
            if let Some(first) = first.filter(|first| *first < index) {
                let at = |index| index_path(&format!("{path}.serviceAccounts"), index);
                rules
                    .error(&at(index), "this service account is named twice")
                    .also(&at(first), "here first");
            }
        }
        for (index, grant) in wish.roles.iter().enumerate() {
            role(rules, &format!("{}.role", index_path(&format!("{path}.roles"), index)), grant);
        }
    }
}

fn role(rules: &mut Rules<'_>, path: &str, grant: &Grant) {
    if roles::guid(&grant.role).is_some() {
        return;
    }
    let what = format!("`{}` is no role that is known here by its name", quote(&grant.role));
    let hint = match nearest(&grant.role, &roles::names()) {
        Some(near) => format!("did you mean `{near}`? Any role is known by its GUID"),
        None => "write its GUID, which Azure's list of roles has".to_owned(),
    };
    rules.error(path, what).hint(hint);
}

/// Whom the nodes act as. The control plane is given the right to put that on them, and so acts as an
/// identity that can be named before the cluster stands.
fn kubelet(rules: &mut Rules<'_>) {
    let cluster = &rules.profile.cluster;
    let Some(wish) = &cluster.kubelet_identity else { return };
    if !wish.is_on() {
        rules
            .error(
                KUBELET,
                "nodes always act as an identity, and AKS takes no other back for its own",
            )
            .hint("leave `kubeletIdentity` out: AKS makes one for a new cluster");
    }
    let own = wish.settings().map(|one| &one.id);
    let same = own.zip(cluster.identity.as_ref());
    if same.is_some_and(|(one, other)| one.eq_ignore_ascii_case(&other.id)) {
        rules
            .advice(
                KUBELET,
                "nodes, and every pod on them, may then do all that the control plane may",
            )
            .also("cluster.identity", "the same identity")
            .hint("give them one of their own: `kubeletIdentity: true`");
    }
}

/// Who logs in, and whether anybody may do anything once they have.
fn entra(rules: &mut Rules<'_>) {
    let cluster = &rules.profile.cluster;
    let is_on = cluster.entra.as_ref().is_some_and(Switch::is_on);
    let raw = rules.places.is_written(RAW_ENTRA);
    // Old clusters stand without, and stay.
    if cluster.local_accounts != Some(false) || raw || cluster.is_adopted() {
        return;
    }
    if !is_on {
        let is_off = rules.places.is_written(ENTRA);
        let what = "a cluster without local accounts needs Entra ID: nobody else could log in";
        let found = rules.error(LOCAL, what);
        let found = if is_off { found.also(ENTRA, "switched off here") } else { found };
        found.hint("add `cluster.entra: { adminGroups: [<object id of a group>] }`");
        return;
    }
    let settings = cluster.entra.as_ref().and_then(Switch::settings);
    let groups = settings.and_then(|one| one.admin_groups.as_ref());
    let by_azure = settings.and_then(|one| one.azure_rbac) == Some(true);
    if groups.is_none_or(Vec::is_empty) && !by_azure {
        rules
            .advice(
                ENTRA,
                "nobody is administrator of this cluster: no group is named, roles of Azure do not \
                 count in it, and it has no local account",
            )
            .also(LOCAL, "no local account")
            .hint("name `adminGroups`, or set `azureRbac: true` and give people roles on it");
    }
}

/// From where an API server is reached.
fn authorized(rules: &mut Rules<'_>, wish: &ApiServer) {
    let ranges = wish.authorized_ranges.as_deref().unwrap_or_default();
    let raw = rules.places.is_written(RAW_AUTHORIZED);
    if wish.is_private() && (raw || !ranges.is_empty()) {
        let at = if raw { RAW_AUTHORIZED } else { AUTHORIZED };
        let name = at.rsplit('.').next().unwrap_or(at);
        rules
            .error(at, "a private API server has no ranges that may reach it: nobody outside may")
            .also(PRIVATE, "private here")
            .hint(format!("delete `{name}`, or `private`"));
    }
    if ranges.is_empty() {
        return;
    }
    if wish.subnet.is_none() && ranges.len() > RANGES {
        rules.error(AUTHORIZED, format!("{} ranges; {RANGES} is the limit", ranges.len())).hint(
            format!(
                "an API server in a subnet of ours (`cluster.apiServer.subnet`) takes \
                 {RANGES_IN_A_SUBNET}"
            ),
        );
    }
    for (index, range) in ranges.iter().enumerate().filter(|(_, range)| is_private(range)) {
        rules
            .advice(
                &index_path(AUTHORIZED, index),
                format!("{range} is private: nobody comes to a public API server from there"),
            )
            .hint("name the public address behind which they stand");
    }
    reached_by_nodes(rules);
}

/// Nodes come to the API server like everybody else: what AKS knows to be theirs it lets in.
fn reached_by_nodes(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let pools = profile.pools.iter().enumerate();
    let mut public = pools.filter(|(_, pool)| pool.node_public_ip == Some(true));
    let from_a_prefix =
        |raw: &crate::profile::schema::Raw| raw.0.contains_key("nodePublicIPPrefixID");
    let loose = public.find(|(_, pool)| !pool.properties.as_ref().is_some_and(from_a_prefix));
    if let Some((index, _)) = loose {
        let pool = index_path("pools", index);
        rules
            .error(
                AUTHORIZED,
                "the nodes of this cluster have public addresses of their own, which nobody can \
                 name before they are there",
            )
            .also(&format!("{pool}.nodePublicIP"), "said here")
            .hint(format!(
                "take the addresses from a prefix, `{pool}.properties: {{ nodePublicIPPrefixID: … }}`, \
                 and name it here"
            ));
    }
    let routed = profile.network.outbound_type() == OutboundType::UserDefinedRouting;
    let integrated = profile.cluster.api_server.as_ref().is_some_and(|one| one.subnet.is_some());
    if routed && !integrated {
        rules
            .advice(
                AUTHORIZED,
                "nodes come to the API server through the appliance: its public address has to be \
                 one of these, or no node joins",
            )
            .also("network.outbound", "through the appliance");
    }
}
