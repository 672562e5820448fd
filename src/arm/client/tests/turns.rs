//! Turns that a rate limit puts off: how long is waited, by whom.

use super::*;

fn slow(seconds: &'static str) -> Line {
    says(429, &[("retry-after", seconds)], Value::Null)
}

#[tokio::test(start_paused = true)]
async fn a_turn_beyond_the_budget_is_refused_at_once_with_what_azure_asked_for() {
    let two_hours = Some(Duration::from_hours(2));
    let stage = Stage::new(vec![slow("7200"), says(200, &[], json!({ "id": "/x" }))]);
    let refused = stage.arm.get(&cluster(), &API).await.unwrap_err();
    assert_eq!((refused.status(), refused.wait()), (Some(429), two_hours));
    let put_off = stage.arm.get(&cluster(), &API).await.unwrap_err();
    assert_eq!((put_off.name(), put_off.wait()), ("Throttled", two_hours));
    let says =
        format!("GET {} was put off: its turn under Azure's rate limit comes in 2h", cluster());
    assert_eq!(put_off.to_string(), says);
    assert_eq!(stage.times(), [0], "nothing else was sent");
    stage.arm.clock().sleep(Duration::from_mins(90)).await;
    stage.arm.get(&cluster(), &API).await.unwrap();
    assert_eq!(stage.times(), [0, 7200], "half an hour is within the budget");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_refused_and_whoever_comes_after_have_the_same_patience() {
    let found = || says(200, &[], json!({ "id": "/x" }));
    let stage = Stage::new(vec![slow("1500"), found(), found()]);
    let (id, api) = (cluster(), &API);
    let later = async {
        stage.arm.clock().sleep(Duration::from_secs(1)).await;
        stage.arm.get(&id, api).await
    };
    let (first, second) = tokio::join!(stage.arm.get(&id, api), later);
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert!(stage.times()[1] >= 1500, "{:?}", stage.times());
}

#[tokio::test(start_paused = true)]
async fn a_status_that_may_not_be_asked_for_in_time_is_told_with_the_wait() {
    let stage = Stage::new(vec![begins(), slow("9000")]);
    let request = Request::new(Method::Put, &cluster(), "", &API);
    let first = stage.arm.send(request.clone()).await.unwrap();
    let error = stage.arm.follow(&request, first, &PACE, &mut |_| ()).await.unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_mins(150)));
    assert!(error.to_string().starts_with("the status of PUT "), "{error}");
    assert_eq!(stage.times(), [0, 2]);
}
