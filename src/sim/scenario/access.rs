//! Who comes in to a cluster.

use super::*;

fn plain_cluster() -> Value {
    json!({"location": "westeurope", "identity": {"type": "SystemAssigned"},
        "properties": {"dnsPrefix": "c", "agentPoolProfiles": [{"name": "p", "mode": "System", "count": 1}]}})
}

async fn grouped() -> World {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world
}

/// What a refused cluster is told.
async fn told(world: &World, body: &Value) -> String {
    let reply = world.call("PUT", CLUSTER, api(CLUSTER), body.clone()).await;
    assert_eq!(reply.status, 400, "{:?}", reply.body);
    reply.body.unwrap()["message"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_cluster_keeps_entra_id_and_has_it_where_it_has_no_accounts() {
    let world = grouped().await;
    let mut body = plain_cluster();
    body["properties"]["disableLocalAccounts"] = json!(true);
    let said = told(&world, &body).await;
    assert!(said.contains("integrate your cluster with AAD"), "{said}");
    body["properties"]["aadProfile"] = json!({"enableAzureRBAC": true});
    assert!(told(&world, &body).await.contains("Azure RBAC requires"));
    body["properties"]["aadProfile"]["managed"] = json!(true);
    world.write("PUT", CLUSTER, body.clone()).await;
    body["properties"]["aadProfile"] = json!({"managed": false, "enableAzureRBAC": false});
    assert!(told(&world, &body).await.contains("properties.aadProfile.managed"));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_has_two_hundred_ranges_at_most() {
    let world = grouped().await;
    let mut body = plain_cluster();
    let ranges: Vec<String> = (0..201).map(|n| format!("198.51.100.{n}/32")).collect();
    body["properties"]["apiServerAccessProfile"] = json!({"authorizedIPRanges": ranges});
    assert!(told(&world, &body).await.contains("at most 200"));
    body["properties"]["apiServerAccessProfile"]["authorizedIPRanges"] = json!(ranges[..200]);
    assert_eq!(world.write("PUT", CLUSTER, body).await.status, 201);
}
