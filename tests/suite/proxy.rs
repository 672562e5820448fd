//! Something between here and Azure answers in its place: a proxy, a sign-in page.

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

/// What a proxy answers in Azure's place.
fn pages() -> [Value; 4] {
    [
        json!({ "status": 302, "headers": { "Location": "https://login.invalid/" } }),
        json!({ "status": 200 }),
        json!({ "status": 200, "body": {} }),
        json!({ "status": 203, "body": { "value": [] } }),
    ]
}

/// Runs a command while every call that matches is answered so.
fn behind(sandbox: &Sandbox, matching: &Value, page: &Value, args: &[&str]) -> Ran {
    let mut fault = json!({ "times": 0, "answer": page });
    for (key, value) in matching.as_object().expect("an object") {
        fault[key] = value.clone();
    }
    sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
    sandbox.run(&[args, &["--sim-faults", "faults.json"]].concat())
}

#[test]
fn a_page_of_a_proxy_is_not_taken_for_an_empty_azure() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let before = sandbox.ids();
    let everything = json!({});
    let lists = json!({ "method": "GET", "path": "*/resource*s" });
    for matching in [everything, lists] {
        for page in pages() {
            for args in [&["down", "demo", "--yes"][..], &["status", "demo"], &["plan", "kubenet"]]
            {
                let ran = behind(&sandbox, &matching, &page, args).exits(1);
                assert!(!ran.stdout.contains("nothing to do"), "{page}: {}", ran.stdout);
                let hint = "hint: something between here and Azure may answer in its place";
                assert!(ran.stderr.contains(hint), "{args:?} {page}: {}", ran.stderr);
            }
        }
    }
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn a_page_of_a_proxy_is_not_taken_for_a_write_that_was_done() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let before = sandbox.ids();
    let page = json!({ "status": 302 });
    let ran = behind(&sandbox, &json!({ "method": "DELETE" }), &page, &["down", "demo", "--yes"])
        .exits(1);
    assert!(ran.stderr.contains("OddAnswer: DELETE "), "{}", ran.stderr);
    assert!(ran.stderr.contains("with 302 and a redirect"), "{}", ran.stderr);
    assert_eq!(sandbox.ids(), before);

    let fresh = Sandbox::new();
    for page in [page, json!({ "status": 200, "body": {} })] {
        let ran = behind(&fresh, &json!({ "method": "PUT" }), &page, &["up", "kubenet", "--yes"]);
        let ran = ran.exits(1);
        assert!(ran.stderr.contains("OddAnswer: PUT "), "{}", ran.stderr);
        assert_eq!(fresh.ids(), Vec::<String>::new());
    }
}

#[test]
fn a_page_of_a_proxy_offers_no_versions_and_is_named() {
    let sandbox = Sandbox::new();
    let matching = json!({ "path": "*/kubernetesVersions" });
    let page = json!({ "status": 200, "body": {} });
    let args = ["up", "kubenet", "--yes", "--set", "cluster.version=latest"];
    let ran = behind(&sandbox, &matching, &page, &args).exits(1);
    assert!(ran.stderr.contains("with 200 and a body that is no list"), "{}", ran.stderr);
    let ran = behind(&sandbox, &matching, &page, &["doctor", "kubenet"]).ok();
    let said = "Could not look at the Kubernetes versions of the region";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}
