//! Bodies through the generated models and back.

use std::collections::BTreeSet;

use akstool::compose::{Setting, compose};
use akstool::diff::request_body;
use akstool::kind::{Ownership, Resource};
use akstool::plan::{Allowance, Call, Environment, Observed, plan};
use akstool::profile::{Overrides, builtin, load};
use azure_mgmt_containerservice::models as aks;
use azure_mgmt_network::package_2024_03::models as network;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Places that the crates' models do not know, because they are older than the property
/// (AKS models: 2023-01-02-preview; network models: 2024-03).
const NEWER: &[(&str, &str)] = &[
    ("properties.networkProfile.networkDataplane", "since 2023-02-02-preview"),
    ("properties.agentPoolProfiles[].podIPAllocationMode", "since 2023-11-02-preview"),
    ("properties.podIPAllocationMode", "since 2023-11-02-preview"),
    ("properties.supportPlan", "in 2023-11-01"),
    ("properties.metricsProfile", "not yet in 2023-11-01"),
    ("properties.upgradeSettings.drainTimeoutInMinutes", "in 2023-11-01"),
    ("properties.upgradeSettings.nodeSoakDurationInMinutes", "in 2023-11-01"),
    ("properties.agentPoolProfiles[].upgradeSettings.drainTimeoutInMinutes", "in 2023-11-01"),
    ("properties.agentPoolProfiles[].upgradeSettings.nodeSoakDurationInMinutes", "in 2023-11-01"),
];

/// Returns every body of every built-in profile, as the first run sends it.
fn bodies() -> Vec<(&'static str, String, Value)> {
    let mut bodies = Vec::new();
    for builtin in builtin::ALL {
        let loaded = load(builtin.text.as_bytes(), builtin.name, &Overrides::default());
        let profile = loaded.expect("built-in profiles hold").profile;
        let setting = Setting { subscription: "s".to_owned(), ..Setting::default() };
        let graph = compose(&profile, &setting);
        for (_, resource) in graph.iter().filter(|(_, r)| r.ownership != Ownership::Existing) {
            bodies.push((builtin.name, resource.kind.clone().into_owned(), filled(resource)));
        }
        let metadata = &profile.metadata;
        let group = metadata.resource_group_or_default();
        let place = Environment::new("s", group, &metadata.name);
        let plan = plan(&place, &graph, &Observed::default(), &Allowance::default());
        for (_, step) in plan.steps.iter() {
            for call in &step.calls {
                if let Call::Put(wish) = call {
                    let body = wish
                        .request()
                        .body
                        .fill(|_| Some(json!("guid")))
                        .expect("every value is given");
                    bodies.push((builtin.name, step.kind.clone(), body.into_value()));
                }
            }
        }
    }
    bodies
}

/// Returns what is sent to make a resource: a wish that something be absent is not said there.
fn filled(resource: &Resource) -> Value {
    let body = resource.body.fill(|_| Some(json!("guid"))).expect("every value is given");
    request_body(None, body.value(), &resource.rules)
}

/// Reads a body with a model and writes it again.
fn through<M: DeserializeOwned + Serialize>(body: &Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<M>(body.clone())?)
}

fn judged(kind: &str, body: &Value) -> Option<Result<Value, serde_json::Error>> {
    Some(match kind {
        "Microsoft.ContainerService/managedClusters" => through::<aks::ManagedCluster>(body),
        "Microsoft.ContainerService/managedClusters/agentPools" => through::<aks::AgentPool>(body),
        "Microsoft.Network/virtualNetworks" => through::<network::VirtualNetwork>(body),
        "Microsoft.Network/virtualNetworks/subnets" => through::<network::Subnet>(body),
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings" => {
            through::<network::VirtualNetworkPeering>(body)
        }
        "Microsoft.Network/routeTables" => through::<network::RouteTable>(body),
        "Microsoft.Network/networkSecurityGroups" => through::<network::NetworkSecurityGroup>(body),
        "Microsoft.Network/natGateways" => through::<network::NatGateway>(body),
        "Microsoft.Network/publicIPAddresses" => through::<network::PublicIpAddress>(body),
        _ => return None,
    })
}

/// Collects the places of `sent` that `kept` lacks or has otherwise.
fn lost(at: &str, sent: &Value, kept: Option<&Value>, found: &mut BTreeSet<String>) {
    match (sent, kept) {
        (Value::Object(sent), Some(Value::Object(kept))) => {
            for (name, value) in sent {
                let here = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                lost(&here, value, kept.get(name), found);
            }
        }
        (Value::Array(sent), Some(Value::Array(kept))) if sent.len() == kept.len() => {
            for (item, twin) in sent.iter().zip(kept) {
                lost(&format!("{at}[]"), item, Some(twin), found);
            }
        }
        (sent, Some(kept)) if sent == kept => {}
        // An empty object or list says nothing, and the models skip it.
        (Value::Object(sent), None) if sent.is_empty() => {}
        (Value::Array(sent), None) if sent.is_empty() => {}
        _ => {
            found.insert(at.to_owned());
        }
    }
}

#[test]
fn every_body_survives_the_generated_models() {
    let (mut judged_bodies, mut unexplained) = (0, Vec::new());
    let mut met = BTreeSet::new();
    for (profile, kind, body) in bodies() {
        let Some(answer) = judged(&kind, &body) else { continue };
        judged_bodies += 1;
        let kept = match answer {
            Ok(kept) => kept,
            Err(error) => {
                unexplained.push(format!("{profile}: {kind} cannot be read: {error}"));
                continue;
            }
        };
        let mut found = BTreeSet::new();
        lost("", &body, Some(&kept), &mut found);
        for at in found {
            match NEWER.iter().find(|(newer, _)| at.starts_with(newer)) {
                Some((newer, _)) => drop(met.insert(*newer)),
                None => unexplained.push(format!("{profile}: {kind} loses {at}")),
            }
        }
    }
    println!("{judged_bodies} bodies judged by the generated models");
    assert!(judged_bodies > 100, "the profiles send more than {judged_bodies} bodies");
    let idle: Vec<_> = NEWER.iter().filter(|(newer, _)| !met.contains(newer)).collect();
    assert!(idle.is_empty(), "no longer lost: {idle:?}");
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}
