//! How the API server of a cluster is reached, as AKS has it.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;
use crate::profile::schema::{ApiServer, DnsZone};

/// Returns what a profile says of it, member by member.
pub(super) fn said(
    wish: Option<&ApiServer>,
    zone: Option<&ResourceId>,
    subnet: Option<&ResourceId>,
) -> Vec<(String, Value)> {
    let Some(wish) = wish else { return Vec::new() };
    let word = match &wish.dns_zone {
        None => None,
        Some(DnsZone::System) => Some(json!("system")),
        Some(DnsZone::None) => Some(json!("none")),
        Some(DnsZone::Own | DnsZone::Existing(_)) => zone.map(|zone| json!(zone)),
    };
    let of_private = |value: Option<Value>| value.filter(|_| wish.is_private());
    let all = [
        ("enablePrivateCluster", wish.private.map(Value::from)),
        ("privateDNSZone", of_private(word)),
        ("enablePrivateClusterPublicFQDN", of_private(wish.public_fqdn.map(Value::from))),
        ("enableVnetIntegration", subnet.map(|_| true.into())),
        ("subnetId", subnet.map(|subnet| json!(subnet))),
        ("authorizedIPRanges", wish.authorized_ranges.as_ref().map(|ranges| json!(ranges))),
        ("disableRunCommand", wish.run_command.map(|on| json!(!on))),
    ];
    all.into_iter()
        .filter_map(|(name, value)| {
            Some((format!("properties.apiServerAccessProfile.{name}"), value?))
        })
        .collect()
}
