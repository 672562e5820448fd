//! `akstool up`.

use crate::support::Sandbox;

#[test]
fn a_second_up_has_nothing_to_do_and_writes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let before = std::fs::read(sandbox.state()).expect("a state file");
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert_eq!(ran.stdout.lines().next(), Some("demo: nothing to do."));
    let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(outcome["result"], "nothing-to-do");
    assert_eq!(outcome["requests"]["write"], 0);
    assert_eq!(std::fs::read(sandbox.state()).expect("a state file"), before);
}

#[test]
fn without_a_terminal_and_without_yes_it_refuses_and_says_why() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet"]).exits(4);
    assert!(ran.stderr.contains("nobody can be asked"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--yes`"), "{}", ran.stderr);
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn without_a_terminal_scripts_read_refused() {
    let outcome = Sandbox::new().run(&["up", "kubenet", "-o", "json"]).exits(4).outcome();
    assert_eq!(outcome["result"], "refused");
}

#[test]
fn every_line_of_json_names_its_event_and_its_time() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok();
    let events = ran.events();
    for event in &events {
        assert!(event["event"].is_string(), "{event}");
        let time = event["time"].as_str().expect("a time");
        assert!(time.len() >= 20 && time.ends_with('Z') && &time[10..11] == "T", "{time}");
    }
    let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(&names[..2], ["plan", "run-started"]);
    let outcome = ran.outcome();
    assert_eq!(outcome["result"], "succeeded");
    assert_eq!(outcome["created"], 9);
    assert_eq!([&outcome["updated"], &outcome["replaced"], &outcome["deleted"]], [0, 0, 0]);
    assert_eq!(outcome["failed"], serde_json::json!([]));
    assert_eq!(outcome["notTried"], serde_json::json!([]));
    assert!(outcome["seconds"].as_f64().expect("seconds") > 60.0);
    for count in ["read", "write", "poll", "retried"] {
        assert!(outcome["requests"][count].is_u64(), "{count}");
    }
}

#[test]
fn several_profiles_are_a_fleet_and_events_say_whose_they_are() {
    let sandbox = Sandbox::new();
    let profiles = ["up", "kubenet", "azure-cni", "azure-overlay", "--yes", "-o", "json"];
    let ran = sandbox.run(&profiles).ok();
    let outcome = ran.outcome();
    assert_eq!(outcome["result"], "succeeded");
    let of = |name: &str| ran.events().iter().filter(|event| event["environment"] == name).count();
    let names: Vec<String> = ran
        .events()
        .iter()
        .filter(|event| event["event"] == "plan")
        .filter_map(|event| event["environment"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| of(name) > 5), "{names:?}");
    let another = Sandbox::new();
    let ran =
        another.run(&["up", "kubenet", "azure-cni", "azure-overlay", "--yes", "--parallel", "2"]);
    let ran = ran.ok();
    assert!(
        ran.stdout.contains("3 environments, 2 at once: this takes about 11 min"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("+00:00 demo 9 steps to run"), "{}", ran.stderr);
    assert!(ran.stderr.contains("azure-overlay done, 3 of 3 environments"), "{}", ran.stderr);
    let again = sandbox.run(&["up", "kubenet", "azure-cni", "azure-overlay", "--yes"]).ok();
    assert_eq!(again.stdout.matches("nothing to do").count(), 3, "{}", again.stdout);
}

#[test]
fn one_environment_named_twice_is_refused_before_azure_is_asked() {
    let ran = Sandbox::new().run(&["up", "kubenet", "kubenet", "--yes"]).exits(2);
    assert!(ran.stderr.contains("named twice"), "{}", ran.stderr);
}

#[test]
fn a_failure_shows_azures_words_and_what_was_not_tried() {
    let sandbox = Sandbox::new();
    sandbox.put(
        "/resourceGroups/demo",
        "2025-04-01",
        &serde_json::json!({ "location": "westeurope", "tags": { "akstool-environment": "other" } }),
    );
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).exits(4);
    assert!(ran.stdout.contains("belongs to the environment `other`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("hint:"), "{}", ran.stdout);
}

#[test]
fn the_outcome_says_what_to_do_next() {
    let ran = Sandbox::new().run(&["up", "kubenet", "--yes"]).ok();
    assert!(ran.stdout.contains("\n\ndemo: done, 9 created in "), "{}", ran.stdout);
    assert!(!ran.stderr.contains("done, 9 created"), "{}", ran.stderr);
    assert!(ran.stderr.contains("akstool down demo"), "{}", ran.stderr);
}

#[test]
fn quiet_says_how_it_ended_and_nothing_else() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--quiet"]).ok();
    assert_eq!(ran.stderr, "");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        matches!(lines[..], [one] if one.starts_with("demo: done, 9 created in ")),
        "{lines:?}"
    );
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--quiet"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("demo: nothing to do.\n", ""));
    let change = ["--set", "network.plugin=azure"];
    let ran = sandbox.run(&[&["up", "kubenet", "--yes", "--quiet"], &change[..]].concat()).exits(4);
    assert!(ran.stdout.starts_with("refused: "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("note: "), "{}", ran.stdout);
}

#[test]
fn a_fleet_says_once_which_environments_had_nothing_to_do() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["up", "kubenet", "azure-overlay", "--yes"]).ok();
    assert_eq!(ran.stdout.matches("demo: nothing to do").count(), 1, "{}", ran.stdout);
    assert!(!ran.stderr.contains("nothing to do"), "{}", ran.stderr);
    assert!(ran.stdout.contains("azure-overlay: done, "), "{}", ran.stdout);
    assert!(ran.stdout.contains("2 environments: "), "{}", ran.stdout);
}

#[test]
fn scripts_read_what_is_wrong_with_a_profile() {
    let sandbox = Sandbox::new();
    sandbox.write("broken.yaml", "apiVersion: akstool/v1\nkind: Cluster\nmetadata: { name: demo, location: westeurope }\nnetwork: { plugin: kubnet }\n");
    for command in ["up", "down", "migrate"] {
        let more: &[&str] = if command == "migrate" { &["--to", "overlay"] } else { &[] };
        let args = [&[command, "broken.yaml", "--yes", "-o", "json"], more].concat();
        let ran = sandbox.run(&args).exits(2);
        let outcome = ran.outcome();
        assert_eq!(outcome["result"], "failed", "{outcome}");
        let failed = outcome["failed"].as_array().expect("a list");
        let of_plugin = |one: &&serde_json::Value| {
            one["message"].as_str().is_some_and(|text| text.starts_with("4:20: `kubnet`"))
        };
        let found = failed.iter().find(of_plugin).expect("the misspelt plugin");
        assert_eq!(
            (&found["id"], &found["code"]),
            (&"broken.yaml".into(), &"InvalidProfile".into())
        );
        assert_eq!(found["hint"], "did you mean `kubenet`?");
        assert!(ran.stderr.contains("did you mean `kubenet`?"), "{}", ran.stderr);
    }
    let outcome =
        sandbox.run(&["up", "kubenet", "kubenet", "--yes", "-o", "json"]).exits(2).outcome();
    assert_eq!(outcome["failed"][0]["code"], "InvalidCommandLine", "{outcome}");
}
