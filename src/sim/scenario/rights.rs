//! What the caller may do, and when a grant begins to count.

use super::super::provider::role_assignment::CALLER;
use crate::arm::id::ResourceId;

use super::*;

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

fn world(script: &str) -> World {
    World::with(fault::Script::parse(script).unwrap())
}

/// What another hand does, whom no right stops.
fn by_another(world: &World, path: &str, body: Value) {
    world.sim.put(&ResourceId::parse(path).unwrap(), api(path), body).unwrap();
}

fn assigned(scope: &str, number: u32, principal: &str, role: &str) -> (String, Value) {
    let kind = "providers/Microsoft.Authorization/roleAssignments";
    let path = format!("{scope}/{kind}/{number:08}-0000-0000-0000-000000000000");
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let body = json!({"principalId": principal, "principalType": "ServicePrincipal", "roleDefinitionId": role});
    (path, json!({ "properties": body }))
}

async fn actions(world: &World, scope: &str) -> Vec<String> {
    let listed = world.get(&format!("{scope}/providers/Microsoft.Authorization/permissions")).await;
    let entries = listed["value"].as_array().unwrap().iter();
    entries.map(|entry| entry["actions"][0].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_reader_reads_and_is_refused_every_write_in_azures_words() {
    let world = world(r#"{"caller": [{"role": "Reader"}]}"#);
    by_another(&world, GROUP, json!({"location": "westeurope"}));
    world.get(GROUP).await;
    for (method, path) in [("PUT", VNET), ("DELETE", GROUP), ("PUT", GROUP)] {
        let body = json!({"location": "westeurope"});
        let refused = world.refused(method, path, body).await;
        assert_eq!(refused, (403, "AuthorizationFailed".to_owned()), "{method} {path}");
    }
    let stop = world.call("POST", &format!("{CLUSTER}/stop"), "2025-10-01", Value::Null).await;
    let said = stop.body.unwrap()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        said.contains("to perform action 'Microsoft.ContainerService/managedClusters/stop/action'")
            && said.contains(&format!("over scope '{CLUSTER}'"))
            && said.contains(CALLER),
        "{said}"
    );
    assert_eq!(actions(&world, GROUP).await, ["*/read"]);
}

#[tokio::test(start_paused = true)]
async fn rights_hold_in_their_scope_and_what_another_hand_gives_counts() {
    let world = world(&format!(
        r#"{{"caller": [{{"role": "Reader"}}, {{"role": "Network Contributor", "scope": "{GROUP}"}}]}}"#
    ));
    let body = json!({"location": "westeurope"});
    let other = GROUP.replace("/g", "/other");
    by_another(&world, GROUP, body.clone());
    by_another(&world, &other, body.clone());
    world.write("PUT", TABLE, body.clone()).await;
    let elsewhere = TABLE.replace("/g/", "/other/");
    assert_eq!(world.refused("PUT", &elsewhere, body.clone()).await.1, "AuthorizationFailed");
    let (path, given) = assigned(&other, 1, CALLER, CONTRIBUTOR);
    by_another(&world, &path, given);
    world.write("PUT", &elsewhere, body).await;
    assert_eq!(actions(&world, &other).await, ["*/read", "*"]);
    let (path, given) = assigned(&other, 2, CALLER, READER);
    assert_eq!(world.refused("PUT", &path, given).await.1, "AuthorizationFailed");
}

#[tokio::test(start_paused = true)]
async fn to_refer_to_a_resource_takes_a_right_on_it() {
    let other = GROUP.replace("/g", "/other");
    let world = world(&format!(
        r#"{{"caller": [{{"role": "Reader"}}, {{"role": "Contributor", "scope": "{GROUP}"}}]}}"#
    ));
    let body = json!({"location": "westeurope"});
    let table = TABLE.replace("/g/", "/other/");
    for (path, body) in [(GROUP, &body), (other.as_str(), &body), (table.as_str(), &body)] {
        by_another(&world, path, body.clone());
    }
    let subnet = json!({"name": "nodes", "properties": {"addressPrefix": "10.10.1.0/24", "routeTable": {"id": table}}});
    let network = json!({"location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}, "subnets": [subnet]}});
    let reply = world.call("PUT", VNET, "2025-07-01", network).await;
    let error = reply.body.unwrap()["error"].clone();
    assert_eq!((reply.status, error["code"].as_str()), (403, Some("LinkedAuthorizationFailed")));
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("routeTables/join/action") && said.contains(&table), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_grant_counts_when_it_has_reached_all_of_azure() {
    let world = world(r#"{"propagation": 90}"#);
    world.ground(true).await;
    let refused = world.refused("PUT", CLUSTER, cluster("kubenet")).await;
    assert_eq!(refused, (403, "LinkedAuthorizationFailed".to_owned()));
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.refused("PUT", CLUSTER, cluster("kubenet")).await.0, 403);
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.write("PUT", CLUSTER, cluster("kubenet")).await;
}

#[tokio::test(start_paused = true)]
async fn a_principal_is_unknown_until_the_directory_has_heard_of_it() {
    let world = world(r#"{"propagation": 90}"#);
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let identity = world.write("PUT", IDENTITY, json!({"location": "westeurope"})).await;
    let principal = identity.body.unwrap()["properties"]["principalId"].clone();
    let (path, typed) = assigned(GROUP, 1, principal.as_str().unwrap(), READER);
    let mut untyped = typed.clone();
    untyped["properties"].as_object_mut().unwrap().remove("principalType");
    tokio::time::sleep(Duration::from_mins(1)).await;
    let early = world.refused("PUT", &path, untyped.clone()).await;
    assert_eq!(early, (400, "PrincipalNotFound".to_owned()));
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.write("PUT", &path, untyped).await;
    world.write("PUT", &path, typed).await;
}
