//! Scripted trouble, met by a client.

use super::*;

fn world(script: &str) -> World {
    World::with(fault::Script::parse(script).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_operation_fails_leaves_its_resource_failed_and_is_mended_by_the_next() {
    let world = world(
        r#"{"faults": [{"method": "PUT", "path": "*/managedClusters/*",
            "fail": {"code": "AllocationFailed", "message": "no capacity", "after": 90}}]}"#,
    );
    world.ground(true).await;
    let before = tokio::time::Instant::now();
    let reply = world.call("PUT", CLUSTER, "2025-10-01", cluster("kubenet")).await;
    assert_eq!(reply.status, 201);
    assert_eq!(world.follow(&reply).await.last().unwrap(), "Failed");
    assert!((90..100).contains(&before.elapsed().as_secs()));
    let url = header(&reply, "Azure-AsyncOperation").unwrap();
    let status = world.get_as_is(url.strip_prefix(ENDPOINT).unwrap()).await;
    assert_eq!(status["error"]["code"], "AllocationFailed");
    assert_eq!(world.get(CLUSTER).await["properties"]["provisioningState"], "Failed");
    let again = world.write("PUT", CLUSTER, cluster("kubenet")).await;
    assert_eq!(again.status, 200);
    assert_eq!(world.get(CLUSTER).await["properties"]["provisioningState"], "Succeeded");
    assert_eq!(world.get(TABLE).await["properties"]["routes"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_drops_before_or_after_the_call_took_effect() {
    let world = world(
        r#"{"faults": [{"method": "PUT", "path": "*/resourceGroups/g", "drop": "before"},
            {"method": "PUT", "path": "*/routeTables/*", "drop": "after"}]}"#,
    );
    let body = json!({"location": "westeurope"});
    assert!(world.call("PUT", GROUP, "2025-04-01", body.clone()).await.is_dropped());
    assert_eq!(world.call("GET", GROUP, "2025-04-01", Value::Null).await.status, 404);
    world.write("PUT", GROUP, body.clone()).await;
    assert!(world.call("PUT", TABLE, "2025-07-01", body).await.is_dropped());
    assert_eq!(world.get(TABLE).await["name"], "t");
}

#[tokio::test(start_paused = true)]
async fn calls_are_throttled_delayed_and_answered_by_the_script() {
    let world = world(
        r#"{"faults": [{"path": "*/resourceGroups/g", "times": 2, "throttle": 7},
            {"type": "Microsoft.Network/routeTables", "method": "GET", "delay": 30},
            {"path": "*/virtualNetworks/v", "times": 0,
             "answer": {"status": 503, "body": "<html>busy</html>", "headers": {"Retry-After": "3"}}},
            {"method": "PUT", "path": "*/natGateways/*", "extend": 60}]}"#,
    );
    let body = json!({"location": "westeurope"});
    for _ in 0..2 {
        let reply = world.call("PUT", GROUP, "2025-04-01", body.clone()).await;
        assert_eq!((reply.status, header(&reply, "Retry-After").as_deref()), (429, Some("7")));
    }
    world.write("PUT", GROUP, body.clone()).await;
    world.write("PUT", TABLE, body.clone()).await;
    let before = tokio::time::Instant::now();
    world.get(TABLE).await;
    assert_eq!(before.elapsed().as_secs(), 30);
    let reply = world.call("GET", VNET, "2025-07-01", Value::Null).await;
    assert_eq!((reply.status, reply.into_bytes()), (503, b"<html>busy</html>".to_vec()));
    let nat = format!("{GROUP}/providers/Microsoft.Network/natGateways/n");
    let before = tokio::time::Instant::now();
    world.write("PUT", &nat, body).await;
    assert!(before.elapsed().as_secs() >= 72);
}
