//! Methods that nobody serves are refused, and a PATCH does what it says or says that it does not.

use super::*;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

/// A virtual network and a cluster with a pool.
async fn settled() -> World {
    let world = World::new();
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    world
}

#[tokio::test(start_paused = true)]
async fn what_is_only_read_takes_no_other_method() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let compute = format!("{SUB}/providers/Microsoft.Compute");
    let aks = format!("{SUB}/providers/Microsoft.ContainerService");
    let paths = [
        ("/subscriptions".to_owned(), "2022-12-01"),
        ("/tenants".to_owned(), "2022-12-01"),
        (SUB.to_owned(), "2022-12-01"),
        (format!("{SUB}/locations"), "2022-12-01"),
        (format!("{SUB}/resourcegroups"), "2021-04-01"),
        (format!("{SUB}/resources"), "2021-04-01"),
        (format!("{SUB}/providers"), "2021-04-01"),
        (compute.clone(), "2021-04-01"),
        (format!("{SUB}/tagNames"), "2021-04-01"),
        (format!("{GROUP}/resources"), "2021-04-01"),
        (format!("{compute}/locations/westeurope/usages"), "2024-07-01"),
        (format!("{compute}/skus"), "2021-07-01"),
        (format!("{aks}/locations/westeurope/kubernetesVersions"), "2025-10-01"),
    ];
    for (path, api) in &paths {
        for method in ["PUT", "PATCH", "POST", "DELETE"] {
            let reply = world.call(method, path, api, json!({})).await;
            let body = reply.body.unwrap_or_default();
            assert_eq!(body["error"]["code"], "HttpMethodNotAllowed", "{method} {path}: {body}");
            assert_eq!(reply.status, 405);
        }
        assert_eq!(world.call("GET", path, api, Value::Null).await.status, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_is_refused_where_the_type_has_none() {
    let world = settled().await;
    let before = world.sim.resources().unwrap();
    let expected = (405, "HttpMethodNotAllowed".to_owned());
    for child in ["agentPools/system", "upgradeProfiles/default", "accessProfiles/clusterUser"] {
        let body = json!({"properties": {"count": 2}});
        let path = format!("{CLUSTER}/{child}");
        assert_eq!(world.refused("PATCH", &path, body).await, expected, "{child}");
    }
    let path = format!("{CLUSTER}/upgradeProfiles/default");
    assert_eq!(world.refused("DELETE", &path, Value::Null).await, expected);
    assert_eq!(world.refused("PUT", &path, json!({})).await, expected);
    assert_eq!(world.refused("PATCH", SUBNET, json!({"tags": {}})).await, expected);
    assert_eq!(world.sim.resources().unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn a_patch_of_tags_alone_says_so_when_more_is_sent() {
    let world = settled().await;
    let before = world.sim.resources().unwrap();
    let patch = json!({"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}});
    let refused = world.refused("PATCH", VNET, patch).await;
    assert_eq!(refused, (400, "OnlyTagsSupportedForPatch".to_owned()));
    let refused = world.refused("PATCH", CLUSTER, json!({"properties": {"bogus": 2}})).await;
    assert_eq!(refused, (400, "UnmarshalError".to_owned()));
    assert_eq!(world.sim.resources().unwrap(), before);
    world.write("PATCH", VNET, json!({"tags": {"a": "b"}})).await;
    world.write("PATCH", CLUSTER, json!({"tags": {"a": "b"}})).await;
    assert_eq!(world.get(CLUSTER).await["tags"], json!({"a": "b"}));
}

#[tokio::test(start_paused = true)]
async fn a_registry_can_be_changed_by_a_patch() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let path = format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/images");
    let api = "2023-07-01";
    let body = json!({"location": "westeurope", "sku": {"name": "Basic"}, "tags": {"a": "b"}});
    assert_eq!(world.call("PUT", &path, api, body).await.status, 200);
    let more = json!({"sku": {"name": "Premium"}, "properties": {"adminUserEnabled": true}});
    assert_eq!(world.call("PATCH", &path, api, more).await.status, 200);
    let shown = world.call("GET", &path, api, Value::Null).await.body.unwrap();
    assert_eq!(shown["sku"], json!({"name": "Premium", "tier": "Premium"}));
    assert_eq!(shown["properties"]["adminUserEnabled"], true);
    assert_eq!(shown["tags"], json!({"a": "b"}));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_carried_is_not_said_to_be_nowhere() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let compute = format!("{SUB}/providers/Microsoft.Compute/locations/westeurope/vmSizes");
    let endpoint = format!("{GROUP}/providers/Microsoft.Network/expressRouteCircuits/e");
    let vault = format!("{GROUP}/providers/Microsoft.Quantum/workspaces/v");
    for (method, path, code) in [
        ("GET", compute, "InvalidResourceType"),
        ("PUT", endpoint, "InvalidResourceType"),
        ("GET", vault, "InvalidResourceNamespace"),
    ] {
        let reply = world.call(method, &path, "2024-11-30", json!({})).await;
        let error = reply.body.unwrap()["error"].clone();
        assert_eq!((reply.status, &error["code"]), (404, &json!(code)), "{error}");
        let said = error["message"].as_str().unwrap();
        assert!(said.starts_with("The embedded Azure does not carry 'Microsoft."), "{said}");
    }
    let registry = format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/images");
    let body = json!({"location": "westeurope", "sku": {"name": "Basic"}});
    assert_eq!(world.call("PUT", &registry, "2025-03-01-preview", body).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn sizes_are_listed_where_they_are() {
    let world = World::new();
    let skus = format!("{SUB}/providers/Microsoft.Compute/skus");
    let listed = async |filter: &str| {
        let path = format!("{skus}{filter}");
        let body = world.call("GET", &path, "2021-07-01", Value::Null).await.body.unwrap();
        let next = body["nextLink"].is_string();
        let mut regions: Vec<String> = Vec::new();
        for item in body["value"].as_array().unwrap() {
            assert_eq!(item["locations"].as_array().unwrap().len(), 1);
            regions.push(item["locations"][0].as_str().unwrap().to_owned());
        }
        let count = regions.len();
        regions.dedup();
        (count, regions, next)
    };
    assert_eq!(listed("?$filter=location%20eq%20'mars'").await, (0, Vec::new(), false));
    let (here, regions, _) = listed("?$filter=location%20eq%20'West%20Europe'").await;
    assert!(here > 30, "{here}");
    assert_eq!(regions, ["westeurope"]);
    let (_, regions, goes_on) = listed("").await;
    assert!(goes_on && regions.len() > 1, "{regions:?}");
}
