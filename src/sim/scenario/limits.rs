//! Rate limits, met by a client that asks too much.

use super::*;

fn limited() -> World {
    World::with(fault::Script::parse(r#"{"limits": "documented"}"#).unwrap())
}

/// Calls until it is refused; returns how many calls passed, and the refusal.
async fn until_refused(world: &World, method: &str, path: &str, body: &Value) -> (usize, Reply) {
    for passed in 0..20_000 {
        let reply = world.call(method, path, api(path), body.clone()).await;
        if reply.status == 429 {
            return (passed, reply);
        }
    }
    panic!("{method} {path} is never refused");
}

fn wait(reply: &Reply) -> u64 {
    header(reply, "Retry-After").unwrap().parse().unwrap()
}

fn code(reply: &Reply) -> String {
    let body = reply.body.clone().unwrap();
    body.pointer("/error/code").or(body.get("code")).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn every_documented_bucket_holds_what_is_documented() {
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let aks = "providers/Microsoft.ContainerService";
    let pool = format!("{CLUSTER}/agentPools/p");
    let versions = format!("{subscription}/{aks}/locations/westeurope/kubernetesVersions");
    let operation = format!("{subscription}/{aks}/locations/westeurope/operations/o");
    for (method, path, most, expected) in [
        ("GET", GROUP, 250, "SubscriptionRequestsThrottled"),
        ("DELETE", GROUP, 200, "SubscriptionRequestsThrottled"),
        ("PUT", CLUSTER, 20, "Throttled"),
        ("PUT", pool.as_str(), 20, "Throttled"),
        ("GET", CLUSTER, 60, "Throttled"),
        ("GET", pool.as_str(), 60, "Throttled"),
        ("GET", versions.as_str(), 60, "Throttled"),
        ("GET", operation.as_str(), 200, "Throttled"),
        ("GET", &format!("{GROUP}/{aks}/managedClusters"), 60, "Throttled"),
        // ARM's own limit is reached first where the provider's is larger.
        (
            "GET",
            &format!("{subscription}/{aks}/managedClusters"),
            250,
            "SubscriptionRequestsThrottled",
        ),
    ] {
        let (passed, reply) = until_refused(&limited(), method, path, &json!({})).await;
        assert_eq!((passed, code(&reply).as_str()), (most, expected), "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_is_named_suffices_and_coming_early_is_refused_again() {
    let world = limited();
    let body = json!({});
    let (_, reply) = until_refused(&world, "PUT", CLUSTER, &body).await;
    assert_eq!(wait(&reply), 60);
    tokio::time::sleep(Duration::from_secs(25)).await;
    let early = world.call("PUT", CLUSTER, "2025-10-01", body.clone()).await;
    assert_eq!((early.status, wait(&early)), (429, 35));
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_ne!(world.call("PUT", CLUSTER, "2025-10-01", body.clone()).await.status, 429);
    assert_eq!(world.call("PUT", CLUSTER, "2025-10-01", body).await.status, 429);
    let other = CLUSTER.replace("/c", "/d");
    assert_ne!(world.call("PUT", &other, "2025-10-01", Value::Null).await.status, 429);
}

#[tokio::test(start_paused = true)]
async fn the_network_provider_counts_within_five_minutes_and_by_region() {
    let world = limited();
    let other = GROUP.replace("/g", "/other");
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world.write("PUT", &other, json!({"location": "eastus"})).await;
    let mut waits = Vec::new();
    for _ in 0..1_100 {
        // It is refused for want of a region, at once; it counts all the same.
        let reply = world.call("PUT", TABLE, "2025-07-01", json!({})).await;
        if reply.status == 429 {
            assert_eq!(code(&reply), "ResourceRequestsThrottled", "{:?}", reply.body);
            waits.push(wait(&reply));
        }
        // As fast as ARM's own bucket lets writes through.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(waits.len(), 100);
    assert_eq!((waits[0], waits[99]), (200, 191));
    let elsewhere = TABLE.replace("/g/", "/other/");
    assert_eq!(world.call("PUT", &elsewhere, "2025-07-01", json!({})).await.status, 400);
    tokio::time::sleep(Duration::from_secs(191)).await;
    assert_eq!(world.call("PUT", TABLE, "2025-07-01", json!({})).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_headers_tell_what_is_left_of_the_subscriptions_calls() {
    let world = limited();
    let left = |reply: &Reply| {
        let value = header(reply, "x-ms-ratelimit-remaining-subscription-global-reads").unwrap();
        value.parse::<u64>().unwrap()
    };
    let first = world.call("GET", GROUP, "2025-04-01", Value::Null).await;
    assert_eq!(left(&first), 15 * 250 - 1);
    let (_, refused) = until_refused(&world, "GET", GROUP, &Value::Null).await;
    assert_eq!(left(&refused), 15 * 250 - 250);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let later = world.call("GET", GROUP, "2025-04-01", Value::Null).await;
    assert_eq!(left(&later), 15 * 250 - 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_switch_nothing_is_counted() {
    let world = World::new();
    for _ in 0..1_000 {
        let reply = world.call("GET", CLUSTER, "2025-10-01", Value::Null).await;
        assert_eq!(reply.status, 404);
        let left = header(&reply, "x-ms-ratelimit-remaining-subscription-global-reads");
        assert_eq!(left.as_deref(), Some("16499"));
    }
}
