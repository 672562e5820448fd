//! What Azure's answer about a virtual network says of the world around a profile.
//!
//! Pure: the answer is given, as ARM writes it. Addresses that the profile's own cluster holds are
//! not counted as another's, or a running cluster would be counted twice.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::address::Range;
use crate::profile::Surroundings;
use crate::profile::schema::Profile;

/// Returns the id of the existing network a profile stands in: written, or that of a subnet.
pub fn network_id(profile: &Profile) -> Option<String> {
    let network = &profile.network;
    let written = network.vnet.as_ref().and_then(|vnet| vnet.id.clone());
    let of_subnet = || {
        let id = network.subnets.values().find_map(|subnet| subnet.id.as_deref())?;
        let end = id.to_ascii_lowercase().rfind("/subnets/")?;
        Some(id[..end].to_owned())
    };
    written.or_else(of_subnet)
}

/// Reads a virtual network's body: its ranges, the subnets the profile names, all other subnets,
/// and the ranges of its peers.
pub fn surroundings(profile: &Profile, network: &Value) -> Surroundings {
    let properties = &network["properties"];
    let subnets = properties["subnets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut known = BTreeMap::new();
    for (key, wish) in &profile.network.subnets {
        let name = wish.id.as_deref().and_then(|id| id.rsplit('/').next()).unwrap_or(key);
        let found = subnets.iter().find(|subnet| named(subnet, name));
        if let Some((subnet, range)) = found.and_then(|s| Some((s, first_ipv4(&s["properties"])?)))
        {
            known.insert(key.clone(), (range, others(profile, subnet)));
        }
    }
    let peers =
        properties["virtualNetworkPeerings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let taken = peers.iter().flat_map(|peer| {
        let space = &peer["properties"]["remoteAddressSpace"]["addressPrefixes"];
        let virtual_space =
            &peer["properties"]["remoteVirtualNetworkAddressSpace"]["addressPrefixes"];
        let space = if space.is_array() { space } else { virtual_space };
        ranges(space).collect::<Vec<_>>()
    });
    Surroundings {
        vnet: ranges(&properties["addressSpace"]["addressPrefixes"]).collect(),
        subnets: with_strangers(known, subnets),
        taken: taken.collect(),
    }
}

/// Adds the subnets that the profile does not name, each under its own name, so that nothing is
/// placed on them.
fn with_strangers(
    mut known: BTreeMap<String, (Range, u64)>,
    subnets: &[Value],
) -> BTreeMap<String, (Range, u64)> {
    for subnet in subnets {
        let (Some(name), Some(range)) =
            (subnet["name"].as_str(), first_ipv4(&subnet["properties"]))
        else {
            continue;
        };
        if !known.values().any(|(seen, _)| *seen == range) {
            known.entry(name.to_owned()).or_insert((range, 0));
        }
    }
    known
}

fn named(subnet: &Value, name: &str) -> bool {
    subnet["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn ranges(list: &Value) -> impl Iterator<Item = Range> + '_ {
    let texts = list.as_array().map(Vec::as_slice).unwrap_or_default().iter();
    texts.filter_map(|text| Range::parse(text.as_str()?).ok())
}

fn first_ipv4(properties: &Value) -> Option<Range> {
    let single = properties["addressPrefix"].as_str().and_then(|text| Range::parse(text).ok());
    single.or_else(|| ranges(&properties["addressPrefixes"]).find(Range::is_ipv4))
}

/// Counts the addresses of a subnet that are not held by this cluster's own nodes.
fn others(profile: &Profile, subnet: &Value) -> u64 {
    let group = node_group(profile);
    let held =
        subnet["properties"]["ipConfigurations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let foreign = held.iter().filter(|configuration| {
        let id = configuration["id"].as_str().unwrap_or_default().to_ascii_lowercase();
        !id.contains(&group)
    });
    foreign.count() as u64
}

/// Returns the part of an id that says it lies in the cluster's node resource group.
///
/// The default name is `MC_<group>_<cluster>_<region>` (AKS documentation, faq).
fn node_group(profile: &Profile) -> String {
    let default = || {
        let group = profile.metadata.resource_group_or_default();
        format!("MC_{group}_{}_{}", profile.cluster_name(), profile.metadata.location)
    };
    let name = profile.cluster.node_resource_group.clone().unwrap_or_else(default);
    format!("/resourcegroups/{}/", name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::survey::{Origin, survey};

    const VNET: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";

    fn profile() -> Profile {
        serde_json::from_value(json!({
            "apiVersion": "akstool/v1", "kind": "Cluster",
            "metadata": { "name": "demo", "location": "westeurope" },
            "network": {
                "plugin": "azure", "serviceCidr": "auto",
                "subnets": { "nodes": { "id": format!("{VNET}/subnets/Apps") } },
            },
            "pools": [{ "name": "system", "mode": "system", "vmSize": "a", "count": 2 }],
        }))
        .unwrap()
    }

    fn answer() -> Value {
        let scale_set = "providers/Microsoft.Compute/virtualMachineScaleSets/aks-system";
        json!({ "id": VNET, "properties": {
            "addressSpace": { "addressPrefixes": ["10.1.0.0/16", "fd00::/48"] },
            "subnets": [
                { "name": "apps", "properties": {
                    "addressPrefixes": ["fd00::/64", "10.1.4.0/24"],
                    "ipConfigurations": [
                        { "id": format!("/subscriptions/s/resourceGroups/mc_demo_DEMO_westeurope/{scale_set}") },
                        { "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n" },
                    ],
                } },
                { "name": "other", "properties": { "addressPrefix": "10.1.9.0/24" } },
            ],
            "virtualNetworkPeerings": [
                { "properties": { "remoteAddressSpace": { "addressPrefixes": ["10.2.0.0/15"] } } },
            ],
        } })
    }

    #[test]
    fn a_subnet_leads_to_its_network() {
        assert_eq!(network_id(&profile()).as_deref(), Some(VNET));
    }

    #[test]
    fn what_azure_says_fills_the_plan() {
        let around = surroundings(&profile(), &answer());
        let range = |text: &str| Range::parse(text).unwrap();
        assert_eq!(around.subnets["nodes"], (range("10.1.4.0/24"), 1));
        assert_eq!(around.subnets["other"], (range("10.1.9.0/24"), 0));
        let survey = survey(&profile(), &around);
        let nodes = survey.ranges.iter().find(|row| row.name == "nodes").unwrap();
        assert_eq!(nodes.origin, Origin::Azure);
        assert_eq!(nodes.usage.unwrap().others, 1);
        let services = survey.ranges.iter().find(|row| row.origin == Origin::Auto).unwrap();
        assert_eq!(services.range, Some(range("10.4.0.0/16")));
        assert!(survey.ranges.iter().any(|row| row.name == "other"));
        assert!(survey.conflicts.is_empty(), "{:?}", survey.conflicts);
    }

    #[test]
    fn an_odd_answer_is_an_empty_world() {
        for odd in
            [json!(null), json!({ "properties": [] }), json!({ "properties": { "subnets": {} } })]
        {
            assert_eq!(surroundings(&profile(), &odd), Surroundings::default());
        }
    }
}
