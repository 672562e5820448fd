//! Tags as a resource of their own, on any scope.

use super::*;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

fn at(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Resources/tags/default")
}

fn patch(operation: &str, tags: impl Into<Value>) -> Value {
    json!({"operation": operation, "properties": {"tags": tags.into()}})
}

/// Writes, and returns the tags that the answer and then a GET show.
async fn write(world: &World, method: &str, scope: &str, body: Value) -> Value {
    let reply = world.write(method, &at(scope), body).await;
    let body = reply.body.unwrap();
    assert_eq!((reply.status, &body["name"]), (200, &json!("default")));
    assert_eq!(body["type"], "Microsoft.Resources/tags");
    let shown = world.get(&at(scope)).await;
    assert_eq!(shown, body);
    body["properties"]["tags"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_tag_is_added_to_a_cluster_without_knowing_the_others() {
    let world = World::new();
    world.ground(false).await;
    let mut tagged = cluster("azure");
    tagged["tags"] = json!({"owner": "me"});
    world.write("PUT", CLUSTER, tagged).await;
    let tags = write(&world, "PATCH", CLUSTER, patch("Merge", json!({"Cost": "7"}))).await;
    assert_eq!(tags, json!({"owner": "me", "Cost": "7"}));
    let after = world.get(CLUSTER).await;
    assert_eq!(after["tags"], tags);
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
    let tags = write(&world, "PATCH", CLUSTER, patch("merge", json!({"COST": "8"}))).await;
    assert_eq!(tags, json!({"owner": "me", "Cost": "8"}));
    // A pool has no tags of this kind; those of its cluster are meant.
    let pool = format!("{CLUSTER}/agentPools/system");
    assert_eq!(world.get(&at(&pool)).await["properties"]["tags"], tags);
    let more = patch("Delete", json!({"owner": "you", "cost": ""}));
    assert_eq!(write(&world, "PATCH", CLUSTER, more).await, json!({"owner": "me"}));
    let other = patch("Replace", json!({"a": "b"}));
    assert_eq!(write(&world, "PATCH", CLUSTER, other).await, json!({"a": "b"}));
}

#[tokio::test(start_paused = true)]
async fn every_scope_has_tags() {
    let world = World::new();
    world.ground(false).await;
    for scope in [SUB, GROUP, VNET] {
        let path = at(scope);
        assert_eq!(world.get(&path).await["properties"]["tags"], json!({}), "{scope}");
        let all = json!({"properties": {"tags": {"a": "b"}}});
        assert_eq!(write(&world, "PUT", scope, all).await, json!({"a": "b"}));
        let shown = world.call("GET", scope, api(scope), Value::Null).await.body.unwrap();
        assert_eq!(shown["tags"], json!({"a": "b"}), "{scope}");
        let reply = world.write("DELETE", &path, Value::Null).await;
        assert_eq!((reply.status, reply.body), (200, None));
        assert_eq!(world.get(&path).await["properties"]["tags"], json!({}), "{scope}");
    }
    let listed = world.get(&format!("{SUB}/resources")).await;
    assert!(!listed.to_string().contains("Microsoft.Resources/tags"), "{listed}");
}

#[tokio::test(start_paused = true)]
async fn wrong_tags_are_refused() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let path = at(GROUP);
    let refused = async |method: &str, body: Value| world.refused(method, &path, body).await.1;
    assert_eq!(refused("PATCH", patch("Paint", json!({}))).await, "InvalidRequestContent");
    assert_eq!(refused("PATCH", json!({"operation": "Merge"})).await, "InvalidRequestContent");
    assert_eq!(refused("PUT", json!({"properties": {"tags": 1}})).await, "InvalidRequestContent");
    assert_eq!(refused("POST", json!({})).await, "HttpMethodNotAllowed");
    let many: Value = (0..30)
        .map(|number| (format!("t{number}"), json!("x")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    write(&world, "PATCH", GROUP, patch("Merge", many.clone())).await;
    let more: Value = (30..51)
        .map(|number| (format!("t{number}"), json!("x")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(refused("PATCH", patch("Merge", more)).await, "TooManyTags");
    assert_eq!(world.get(&path).await["properties"]["tags"], many);
    let lock = format!("{GROUP}/providers/Microsoft.Authorization/locks/l");
    let body = json!({"properties": {"level": "ReadOnly"}});
    assert!(world.call("PUT", &lock, "2020-05-01", body).await.status < 300);
    assert_eq!(refused("PATCH", patch("Merge", json!({"a": "b"}))).await, "ScopeLocked");
    let gone = world.refused("GET", &at(VNET), Value::Null).await;
    assert_eq!(gone, (404, "ResourceNotFound".to_owned()));
}
