//! What is shared, for how long, and what a fleet need not ask.

use super::*;

fn pool() -> ResourceId {
    cluster().child("agentPools", "p")
}

fn absent() -> Line {
    refuses(404, "ResourceGroupNotFound")
}

#[tokio::test(start_paused = true)]
async fn what_lies_in_no_group_is_not_asked_for_where_requests_are_spared() {
    let stage = Stage::new(vec![absent()]);
    let arm = stage.arm.sparing(API);
    let group = ResourceId::resource_group("s", "g");
    let (cluster, pool, api) = (cluster(), pool(), API);
    let reads = [arm.get(&cluster, &api), arm.get(&pool, &api), arm.get(&group, &api)];
    for read in futures_util::future::join_all(reads).await {
        assert_eq!(read.unwrap(), None);
    }
    let below = arm.list(&group, "/providers/Microsoft.Authorization/permissions", &api, &[]);
    assert_eq!(below.await.unwrap_err().status(), Some(404));
    assert_eq!(stage.asked(), ["GET /subscriptions/s/resourceGroups/g?api-version=2025-10-01"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_there_or_cannot_be_read_hides_nothing() {
    let found = json!({ "id": "/x" });
    for group in [says(200, &[], found.clone()), refuses(403, "AuthorizationFailed")] {
        let stage = Stage::new(vec![group, says(200, &[], found.clone())]);
        let read = stage.arm.sparing(API).get(&cluster(), &API).await;
        assert_eq!(read.unwrap().unwrap().body, found);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fleet_asks_once_for_each_group_that_is_not_there() {
    let groups = || (0..500).map(|at| ResourceId::resource_group("s", &format!("g{at}")));
    let stage = Stage::new((0..501).map(|_| absent()).collect());
    let arm = stage.arm.sparing(API);
    for _ in 0..2 {
        for group in groups() {
            assert_eq!(arm.get(&group, &API).await.unwrap(), None);
        }
    }
    assert_eq!(stage.asked().len(), 500);
    arm.clock().sleep(Duration::from_mins(3)).await;
    arm.get(&groups().next().unwrap(), &API).await.unwrap();
    assert_eq!(stage.asked().len(), 501);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_made_meanwhile_is_asked_for_again() {
    let found = json!({ "id": "/x" });
    let made = || says(200, &[], found.clone());
    let group = ResourceId::resource_group("s", "g");
    let stage = Stage::new(vec![absent(), made(), made(), made()]);
    let arm = stage.arm.sparing(API);
    assert_eq!(arm.get(&cluster(), &API).await.unwrap(), None);
    arm.put(&group, &API, &json!({}), Conditions::None).await.unwrap();
    assert!(arm.get(&cluster(), &API).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_a_subscription_and_its_groups_say_does_for_longer_than_what_one_resource_says() {
    let page = || says(200, &[], json!({ "value": [1, 2] }));
    let found = || says(200, &[], json!({ "id": "/x" }));
    let stage = Stage::new(vec![page(), found(), found(), found(), page(), page()]);
    let arm = stage.arm.sparing(API);
    let subscription = ResourceId::subscription("s");
    let list = async |arm: &Arm| arm.list(&subscription, "/resources", &API, &[]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(list(&arm).await, [json!(1), json!(2)]);
        arm.get(&cluster(), &API).await.unwrap();
        arm.clock().sleep(2 * FRESH).await;
    }
    arm.clock().sleep(Duration::from_secs(30)).await;
    list(&arm).await;
    list(&arm.fresh()).await;
    assert_eq!(stage.asked().len(), 6);
}
