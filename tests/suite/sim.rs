//! `akstool sim`.

use serde_json::json;

use crate::support::{SUBSCRIPTION, Sandbox};

#[test]
fn what_another_hand_places_is_shown_and_reset_empties_all() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/hand", "2025-04-01", &json!({ "location": "westeurope" }));
    let shown = sandbox.run(&["sim", "show", "-o", "json"]).ok().json();
    assert_eq!(shown["schema"], "akstool.sim/v1");
    assert_eq!(shown["resources"][0]["id"], format!("{SUBSCRIPTION}/resourceGroups/hand"));
    let table = sandbox.run(&["sim", "show"]).ok();
    assert!(table.stdout.contains("resource group  hand"), "{}", table.stdout);
    sandbox.run(&["sim", "reset"]).ok();
    assert_eq!(sandbox.run(&["sim", "show"]).ok().stdout, "The embedded Azure is empty.\n");
    let reset = sandbox.run(&["sim", "reset", "-o", "json"]).ok().json();
    assert_eq!(reset, json!({ "schema": "akstool.sim/v1", "resources": [] }));
}

#[test]
fn what_azure_refuses_is_refused_with_its_words() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "{\"location\":\"westeurope\"}");
    let id =
        format!("{SUBSCRIPTION}/resourceGroups/hand/providers/Microsoft.Network/routeTables/r");
    let put = ["sim", "put", &id, "--api-version", "2025-07-01", "--body", "body.json"];
    let ran = sandbox.run(&put).exits(1);
    assert!(ran.stderr.contains("ResourceGroupNotFound"), "{}", ran.stderr);
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "[1, 2");
    let id = format!("{SUBSCRIPTION}/resourceGroups/hand");
    for body in ["body.json", "nowhere.json", "/"] {
        sandbox.run(&["sim", "put", &id, "--api-version", "2025-04-01", "--body", body]).exits(2);
    }
    sandbox.run(&["sim", "put", "nonsense", "--api-version", "1", "--body", "body.json"]).exits(2);
}
