//! Commands that are printed to be pasted: a shell takes each value of theirs as one word.
#![cfg(unix)]

use std::process::Command;

use serde_json::{Value, json};

use crate::support::served::{SECRET, Served};
use crate::support::{SUBSCRIPTION, Sandbox};

/// What somebody may call a policy or a lock.
const HOSTILE: &str = "Don't $(touch pasted) \"`touch pasted`\" ; touch pasted & NAME";

/// Returns the words that a shell makes of a command; what it acts on leaves a file.
fn words(sandbox: &Sandbox, command: &str) -> Vec<String> {
    let script = format!("set -- {command}\nprintf '%s\\n' \"$@\"");
    let ran = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path("")).output();
    let ran = ran.expect("a shell");
    assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    assert!(!sandbox.path("pasted").exists(), "this was run: {command}");
    String::from_utf8_lossy(&ran.stdout).lines().map(str::to_owned).collect()
}

/// Returns the commands of the findings of an area, as words.
fn commands(sandbox: &Sandbox, report: &Value, area: &str) -> Vec<Vec<String>> {
    let all = report["findings"].as_array().expect("findings");
    let of_area = all.iter().filter(|found| found["area"] == area);
    let commands = of_area.filter_map(|found| found["command"].as_str());
    commands.map(|command| words(sandbox, command)).collect()
}

fn answers(sandbox: &Sandbox, answers: &[(&str, Value)]) {
    let fault = |(path, body): &(&str, Value)| json!({ "method": "GET", "path": path, "times": 0, "answer": { "status": 200, "body": body } });
    let faults: Vec<Value> = answers.iter().map(fault).collect();
    sandbox.write("faults.json", json!({ "faults": faults }).to_string());
}

#[test]
fn names_of_others_are_one_word_each() {
    let sandbox = served();
    let definition = "/providers/Microsoft.Authorization/policyDefinitions/no";
    let scope = format!("{SUBSCRIPTION}/resourceGroups/rg(x)");
    let lock = format!("{scope}/providers/Microsoft.Authorization/locks/{HOSTILE}");
    let assignment = json!({ "name": HOSTILE, "properties": {
        "displayName": HOSTILE, "scope": scope, "policyDefinitionId": definition,
    }});
    let rule = json!({ "properties": { "mode": "All", "policyRule": {
        "if": { "field": "location", "equals": "westeurope" }, "then": { "effect": "deny" },
    }}});
    let locks = json!({ "id": lock, "name": HOSTILE, "properties": { "level": "ReadOnly" } });
    answers(
        &sandbox,
        &[
            ("*/policyAssignments", json!({ "value": [assignment] })),
            (definition, rule),
            ("*/locks", json!({ "value": [locks] })),
        ],
    );
    // The commands of the Azure CLI are shown where it sees the same Azure.
    let served = Served::start_in(sandbox, &["--sim-faults", "faults.json"]);
    let sandbox = &served.sandbox;
    let doctor = ["doctor", "kubenet", "-o", "json"];
    let set = ["--set", "metadata.resourceGroup=rg(x)"];
    let report = served.run(&[&doctor[..], &set].concat(), &SECRET).exits(1).json();
    let show = ["az", "policy", "assignment", "show", "--name", HOSTILE, "--scope", &scope];
    assert_eq!(commands(sandbox, &report, "policies"), [show]);
    assert_eq!(commands(sandbox, &report, "locks"), [["az", "lock", "delete", "--ids", &lock]]);
}

#[test]
fn the_azure_cli_acts_on_the_subscription_that_was_looked_at() {
    let sandbox = served();
    let provider =
        json!({ "namespace": "Microsoft.Network", "registrationState": "NotRegistered" });
    answers(&sandbox, &[("*/providers/Microsoft.Network", provider)]);
    let served = Served::start_in(sandbox, &["--sim-faults", "faults.json"]);
    let id = served.told("subscription");
    for named in [&["--subscription", &id][..], &[]] {
        let report = served.run(&[&["doctor", "-o", "json"], named].concat(), &SECRET);
        let said = commands(&served.sandbox, &report.exits(1).json(), "providers");
        let register = said.iter().find(|words| words.contains(&"register".to_owned()));
        let end = ["--wait", "--subscription", &id].map(str::to_owned);
        assert!(register.is_some_and(|words| words.ends_with(&end)), "{said:?}");
    }
}

fn served() -> Sandbox {
    Sandbox::new().with("AKSTOOL_SIM_CLIENT_SECRET", "planted")
}
