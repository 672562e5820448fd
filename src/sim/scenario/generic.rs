//! Types without a provider of their own: ARM's contract for providers, and nothing more.

use super::*;

const VAULT: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v";
const API: &str = "2023-07-01";

async fn ground() -> World {
    let world = World::new();
    let group = VAULT.split("/providers/").next().unwrap();
    let body = json!({"location": "westeurope"});
    assert_eq!(world.call("PUT", group, "2021-04-01", body).await.status, 201);
    world
}

fn vault(more: &Value) -> Value {
    json!({"location": "West Europe", "tags": {"a": "b"}, "properties": more})
}

#[tokio::test(start_paused = true)]
async fn it_is_stored_and_answered_as_providers_answer() {
    let world = ground().await;
    assert_eq!(world.call("GET", VAULT, API, Value::Null).await.status, 404);
    let made = world.call("PUT", VAULT, API, vault(&json!({"x": 1, "adminPassword": "p"}))).await;
    assert_eq!(made.status, 201);
    assert!(header(&made, "Azure-AsyncOperation").is_some());
    assert_eq!(made.body.as_ref().unwrap()["properties"]["provisioningState"], "Creating");
    assert_eq!(world.follow(&made).await.last().unwrap(), "Succeeded");
    let shown = world.call("GET", VAULT, API, Value::Null).await.body.unwrap();
    assert_eq!(shown["type"], "Microsoft.KeyVault/vaults");
    assert_eq!((&shown["location"], &shown["name"]), (&json!("westeurope"), &json!("v")));
    assert_eq!(shown["properties"], json!({"x": 1, "provisioningState": "Succeeded"}));
    let changed = world.call("PUT", VAULT, API, vault(&json!({"y": 2}))).await;
    assert_eq!(changed.status, 200);
    world.follow(&changed).await;
    let again = world.call("GET", VAULT, API, Value::Null).await.body.unwrap();
    assert_eq!(again["properties"]["x"], Value::Null, "a PUT replaces");
    assert_ne!(again["etag"], shown["etag"]);
    let gone = world.call("DELETE", VAULT, API, Value::Null).await;
    assert_eq!(gone.status, 202);
    world.follow(&gone).await;
    assert_eq!(world.call("GET", VAULT, API, Value::Null).await.status, 404);
    assert_eq!(world.call("DELETE", VAULT, API, Value::Null).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_not_registered_and_a_version_that_is_none_are_refused() {
    let world = ground().await;
    let reply = world.call("PUT", VAULT, "latest", vault(&json!({}))).await;
    assert_eq!(
        (reply.status, &reply.body.unwrap()["error"]["code"]),
        (400, &json!("InvalidApiVersionParameter"))
    );
    let subscription = VAULT.split("/resourceGroups").next().unwrap();
    let path = format!("{subscription}/providers/Microsoft.KeyVault/unregister");
    assert_eq!(world.call("POST", &path, "2021-04-01", Value::Null).await.status, 200);
    let reply = world.call("PUT", VAULT, API, vault(&json!({}))).await;
    assert_eq!(
        (reply.status, &reply.body.unwrap()["error"]["code"]),
        (409, &json!("MissingSubscriptionRegistration"))
    );
}
