//! The signature test: in paused time a full `up` takes milliseconds and its log is exact.

use crate::support::Sandbox;

#[test]
fn a_kubenet_cluster_comes_up_minute_by_minute() {
    let ran = Sandbox::new().run(&["up", "kubenet", "--yes"]).ok();
    insta::assert_snapshot!(ran.stderr);
    assert!(ran.stdout.ends_with("\n\ndemo: done, 9 created in 5 min 20 s.\n"), "{}", ran.stdout);
}

#[test]
fn and_goes_away_again() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    insta::assert_snapshot!(ran.stderr);
    assert!(ran.stdout.ends_with("\n\ndemo: done, 9 deleted in 5 min 3 s.\n"), "{}", ran.stdout);
}

#[test]
fn a_log_says_that_silent_work_goes_on_where_time_passes() {
    let sandbox = Sandbox::at_speed("500");
    sandbox.run(&["up", "kubenet", "--yes", "--sim-speed", "max"]).ok();
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(ran.stderr.contains(" cluster demo: still at work after "), "{}", ran.stderr);
}

#[test]
fn the_makespan_is_the_critical_path() {
    let ran = Sandbox::new().run(&["up", "azure-overlay", "--yes", "-o", "json"]).ok();
    let events = ran.events();
    let seconds = |kind: &str| -> f64 {
        let done = events.iter().filter(|event| event["event"] == "step-succeeded");
        let of_kind = done.filter(|event| event["id"].as_str().is_some_and(|id| id.contains(kind)));
        of_kind.filter_map(|event| event["seconds"].as_f64()).fold(0.0, f64::max)
    };
    let whole = ran.outcome()["seconds"].as_f64().expect("seconds");
    let cluster = seconds("/managedClusters/");
    assert!(cluster > 60.0 && whole > cluster && whole < cluster + 60.0, "{cluster} of {whole}");
}
