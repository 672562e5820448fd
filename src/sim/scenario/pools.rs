//! Pools of one cluster, beside each other and beside their cluster.

use super::*;

fn pool(name: &str) -> String {
    format!("{CLUSTER}/agentPools/{name}")
}

fn user(more: &Value) -> Value {
    let mut body = json!({"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5",
        "vnetSubnetID": SUBNET}});
    body::merge(&mut body["properties"], more);
    body
}

async fn with_pools(plugin: &str, names: &[&str]) -> World {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster(plugin)).await;
    for name in names {
        world.write("PUT", &pool(name), user(&json!({}))).await;
    }
    world
}

#[tokio::test(start_paused = true)]
async fn a_pool_waits_for_itself_and_for_its_cluster_and_not_for_others() {
    let world = with_pools("overlay", &["one", "two"]).await;
    let api = "2025-10-01";
    let going = world.call("DELETE", &pool("one"), api, Value::Null).await;
    let beside = world.call("PUT", &pool("two"), api, user(&json!({"count": 2}))).await;
    assert_eq!((going.status, beside.status), (202, 200));
    for path in [pool("one"), pool("two"), CLUSTER.to_owned()] {
        let body = if path == CLUSTER { cluster("overlay") } else { user(&json!({})) };
        assert_eq!(world.refused("PUT", &path, body).await.0, 409, "{path}");
    }
    world.follow(&beside).await;
    world.follow(&going).await;
    assert_eq!(world.call("GET", &pool("one"), api, Value::Null).await.status, 404);
    assert_eq!(world.get(&pool("two")).await["properties"]["count"], 2);
    let whole = world.call("PUT", CLUSTER, api, cluster("overlay")).await;
    assert_eq!(world.refused("PUT", &pool("two"), user(&json!({}))).await.0, 409);
    world.follow(&whole).await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_its_cluster_leaves_out_stays() {
    let world = with_pools("overlay", &["more"]).await;
    let before = world.get(&pool("more")).await["properties"]["count"].clone();
    let mut body = cluster("overlay");
    body["tags"] = json!({"a": "b"});
    world.write("PUT", CLUSTER, body.clone()).await;
    assert_eq!(world.get(&pool("more")).await["properties"]["count"], before);
    let shown = world.get(CLUSTER).await["properties"]["agentPoolProfiles"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 2);
    let mut another = body["properties"]["agentPoolProfiles"][0].clone();
    another["name"] = json!("fresh");
    body["properties"]["agentPoolProfiles"].as_array_mut().unwrap().push(another);
    assert_eq!(world.refused("PUT", CLUSTER, body).await, (400, "BadRequest".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_a_pool_is_aborted() {
    let world = with_pools("overlay", &["more"]).await;
    let stop = user(&json!({"powerState": {"code": "Stopped"}}));
    let reply = world.call("PUT", &pool("more"), "2025-10-01", stop).await;
    assert_eq!(reply.body.unwrap()["properties"]["provisioningState"], "Stopping");
    world.write("POST", &format!("{}/abort", pool("more")), Value::Null).await;
    let shown = world.get(&pool("more")).await["properties"].clone();
    assert_eq!(
        (&shown["provisioningState"], &shown["powerState"]["code"]),
        (&json!("Canceled"), &json!("Running"))
    );
}

#[tokio::test(start_paused = true)]
async fn spot_nodes_carry_azures_taint_and_label() {
    let world = with_pools("overlay", &[]).await;
    let own = json!({"scaleSetPriority": "Spot", "nodeTaints": ["a=b:NoSchedule"], "nodeLabels": {"c": "d"}});
    for _ in 0..2 {
        world.write("PUT", &pool("cheap"), user(&own)).await;
        let shown = world.get(&pool("cheap")).await["properties"].clone();
        let key = "kubernetes.azure.com/scalesetpriority";
        let taint = format!("{key}=spot:NoSchedule");
        assert_eq!(shown["nodeTaints"], json!(["a=b:NoSchedule", taint]));
        assert_eq!(shown["nodeLabels"], json!({"c": "d", key: "spot"}));
        assert_eq!(
            (&shown["spotMaxPrice"], &shown["scaleSetEvictionPolicy"]),
            (&json!(-1.0), &json!("Delete"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn cilium_sets_its_policy_and_excludes_windows() {
    let world = with_pools("overlay", &[]).await;
    let mut body = cluster("overlay");
    body["properties"]["networkProfile"]["networkPolicy"] = json!("none");
    body["properties"]["networkProfile"]["networkDataplane"] = json!("cilium");
    world.write("PUT", CLUSTER, body).await;
    let network = world.get(CLUSTER).await["properties"]["networkProfile"].clone();
    assert_eq!(network["networkPolicy"], "cilium");
    let refused = world.refused("PUT", &pool("win"), user(&json!({"osType": "Windows"}))).await;
    assert_eq!(refused, (400, "InvalidParameter".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_flag_that_nobody_set_is_off() {
    let world = with_pools("overlay", &["more"]).await;
    let off = json!({"enableUltraSSD": false, "enableEncryptionAtHost": false});
    world.write("PUT", &pool("more"), user(&off)).await;
    let on = json!({"enableUltraSSD": true});
    let refused = world.refused("PUT", &pool("more"), user(&on)).await;
    assert_eq!(refused, (400, "PropertyChangeNotAllowed".to_owned()));
}
