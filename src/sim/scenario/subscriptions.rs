//! Several subscriptions in one world.

use crate::arm::id::ResourceId;

use super::*;

const OTHER: &str = "/subscriptions/33333333-3333-3333-3333-333333333333";

#[tokio::test(start_paused = true)]
async fn a_subscription_that_another_hand_uses_is_there_and_stands_for_itself() {
    let world = World::new();
    let nowhere = world.refused("GET", OTHER, Value::Null).await;
    assert_eq!(nowhere, (404, "SubscriptionNotFound".to_owned()));
    let body = json!({"location": "westeurope"});
    world.write("PUT", GROUP, body.clone()).await;
    let hub = format!("{OTHER}/resourceGroups/hub");
    let space = json!({"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}});
    let network = format!("{hub}/providers/Microsoft.Network/virtualNetworks/hub");
    let place = |id: &str, body: Value| {
        world.sim.put(&ResourceId::parse(id).unwrap(), api(id), body).unwrap();
    };
    place(&hub, body);
    place(&network, json!({"location": "westeurope", "properties": space}));
    let names = async |path: &str| {
        let list = world.call("GET", path, "2025-04-01", Value::Null).await.body.unwrap();
        let all = list["value"].as_array().unwrap().clone();
        all.iter()
            .map(|one| one["name"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("{OTHER}/resourceGroups")).await, ["hub"]);
    assert_eq!(names(&format!("{OTHER}/resources")).await, ["hub"]);
    let own = GROUP.strip_suffix("/resourceGroups/g").unwrap();
    assert_eq!(names(&format!("{own}/resourceGroups")).await, ["g"]);
    assert!(names(&format!("{own}/resources")).await.is_empty());
    assert_eq!(names("/subscriptions").await.len(), 2);
    let unregister = format!("{OTHER}/providers/Microsoft.Network/unregister");
    world.call("POST", &unregister, "2025-04-01", Value::Null).await;
    let mine = json!({"addressSpace": {"addressPrefixes": ["10.8.0.0/16"]}});
    let body = json!({"location": "westeurope", "properties": mine});
    world.write("PUT", VNET, body.clone()).await;
    let there = world.refused("PUT", &format!("{network}2"), body).await;
    assert_eq!(there, (409, "MissingSubscriptionRegistration".to_owned()));
    let half = format!("{VNET}/virtualNetworkPeerings/hub");
    let to = json!({"properties": {"remoteVirtualNetwork": {"id": network}}});
    world.write("PUT", &half, to).await;
    assert_eq!(world.get(&half).await["properties"]["peeringState"], "Initiated");
}

#[tokio::test(start_paused = true)]
async fn further_subscriptions_are_kept_with_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let open = || World {
        sim: Sim::open(Options {
            state: Some(folder.path().join("sim.json")),
            speed: Speed::Max,
            ..Options::default()
        })
        .unwrap(),
    };
    let hub = format!("{OTHER}/resourceGroups/hub");
    let id = ResourceId::parse(&hub).unwrap();
    open().sim.put(&id, "2025-04-01", json!({"location": "westeurope"})).unwrap();
    assert_eq!(open().get(&hub).await["name"], "hub");
}

#[tokio::test(start_paused = true)]
async fn another_hand_may_have_a_cluster_on_a_version_that_is_gone() {
    let world = World::new();
    world.ground(false).await;
    let mut body = cluster("overlay");
    body["properties"]["kubernetesVersion"] = json!("1.24.6");
    let refused = world.refused("PUT", CLUSTER, body.clone()).await;
    assert_eq!(refused, (400, "K8sVersionNotSupported".to_owned()));
    world.sim.put(&ResourceId::parse(CLUSTER).unwrap(), "2025-10-01", body.clone()).unwrap();
    let shown = world.get(CLUSTER).await;
    assert_eq!(shown["properties"]["currentKubernetesVersion"], "1.24.6");
    body["tags"] = json!({"a": "b"});
    assert_eq!(world.write("PUT", CLUSTER, body).await.status, 200);
}
