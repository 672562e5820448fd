//! Another hand in the middle of a run, at a moment that a script names: what he takes away, makes
//! first, re-tags or locks. The run ends as planned or says what happened, nothing of his is lost,
//! and the same command afterwards brings things in order or says why it does not.

use serde_json::{Value, json};

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

const GROUP: &str = "/resourceGroups/demo";
const IDENTITY: &str =
    "/resourceGroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/demo-identity";
const TABLE: &str = "/resourceGroups/demo/providers/Microsoft.Network/routeTables/demo-routes";
const NETWORK: &str = "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/demo-vnet";
const SUBNET: &str =
    "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/demo-vnet/subnets/nodes";
const CLUSTER: &str =
    "/resourceGroups/demo/providers/Microsoft.ContainerService/managedClusters/demo";

const AGAIN: &str = "hint: it is left as it is: run the same command again";

/// The version that a type is asked in.
fn version(id: &str) -> &'static str {
    match () {
        () if id.contains("/locks/") => "2016-09-01",
        () if id.contains("/roleAssignments/") => "2022-04-01",
        () if id.contains("/Microsoft.Network/") => "2025-07-01",
        () if id.contains("/Microsoft.ContainerService/") => "2025-10-01",
        () if id.contains("/Microsoft.ManagedIdentity/") => "2023-01-31",
        () => "2021-04-01",
    }
}

/// Writes a script: right before the `nth` call of a method to a path, another hand acts.
fn script(sandbox: &Sandbox, (method, at, nth): (&str, &str, u32), hand: (&str, &str, Value)) {
    let (does, id, body) = hand;
    let path = format!("{SUBSCRIPTION}{id}?api-version={}", version(id));
    let fault = json!({ "method": method, "path": format!("*{at}"), "nth": nth,
        "hand": { "method": does, "path": path, "body": body } });
    sandbox.write("hand.json", json!({ "faults": [fault] }).to_string());
}

fn meanwhile(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[args, &["--yes", "--sim-faults", "hand.json"]].concat())
}

/// Returns what was printed as one line of words.
fn words(ran: &Ran) -> String {
    let said = format!("{} {}", ran.stdout, ran.stderr);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the id of a resource within the subscription, by a part of it.
fn id_of(sandbox: &Sandbox, part: &str) -> String {
    let is = |body: &Value| Some(body["id"].as_str()?.to_owned()).filter(|id| id.contains(part));
    let id = sandbox.store().iter().find_map(is).expect("it stands there");
    id.strip_prefix(SUBSCRIPTION).expect("of the subscription").to_owned()
}

/// Returns what stands at an id.
fn body_of(sandbox: &Sandbox, id: &str) -> Option<Value> {
    let id = format!("{SUBSCRIPTION}{id}");
    let all = sandbox.store();
    all.into_iter()
        .find(|body| body["id"].as_str().is_some_and(|one| one.eq_ignore_ascii_case(&id)))
}

#[test]
fn what_is_deleted_under_a_run_is_named_and_the_next_run_makes_it_again() {
    const CREATED: &str = "ResourceGone: the resource is gone";
    let table = [
        (("PUT", "/demo-vnet", 1), GROUP, "404 `ResourceGroupNotFound`", "makes it again"),
        (
            ("PUT", "/managedClusters/demo", 1),
            GROUP,
            "404 `ResourceGroupNotFound`",
            "makes it again",
        ),
        (("GET", "/resourceGroups/demo", 2), GROUP, CREATED, "`akstool plan kubenet"),
        (("GET", "/demo-identity", 2), IDENTITY, CREATED, "`akstool plan kubenet"),
        (
            ("PUT", "/managedClusters/demo", 1),
            IDENTITY,
            "400 `FailedIdentityOperation`",
            "makes it again where it is gone",
        ),
        (("GET", "/demo-routes", 2), TABLE, CREATED, "`akstool plan kubenet"),
        (("PUT", "/subnets/nodes", 1), TABLE, "400 `InvalidResourceReference`", "again once it is"),
        (("PUT", "/subnets/nodes", 1), NETWORK, "404 `ParentResourceNotFound`", "`akstool plan"),
        (
            ("PUT", "/managedClusters/demo", 1),
            SUBNET,
            "400 `VnetSubnetNotFound`",
            "again once it is",
        ),
        (("GET", "/managedClusters/demo", 2), CLUSTER, CREATED, "`akstool plan kubenet"),
    ];
    for (moment, deleted, said, hint) in table {
        let sandbox = Sandbox::new();
        script(&sandbox, moment, ("DELETE", deleted, Value::Null));
        let ran = words(&meanwhile(&sandbox, &["up", "kubenet"]).exits(1));
        assert!(ran.contains(said) && ran.contains(hint), "{moment:?} {deleted}: {ran}");
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
    }
}

#[test]
fn a_right_that_is_taken_away_under_a_run_is_named_and_given_again() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let right = id_of(&sandbox, "demo-routes/providers/Microsoft.Authorization/");
    let missing = "400 `CustomRouteTableMissingPermission`";
    for (moment, said, hint) in [
        (("PUT", "/managedClusters/demo", 1), missing, "run `akstool up kubenet"),
        (("GET", &*right, 3), "ResourceGone: the resource is gone", "`akstool plan kubenet"),
    ] {
        let sandbox = Sandbox::new();
        script(&sandbox, moment, ("DELETE", &right, Value::Null));
        let ran = words(&meanwhile(&sandbox, &["up", "kubenet"]).exits(1));
        assert!(ran.contains(said) && ran.contains(hint), "{moment:?}: {ran}");
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
    }
}

#[test]
fn what_another_hand_makes_first_is_his_whatever_his_tag() {
    let plain = |tags: &Value| json!({ "location": "westeurope", "tags": tags });
    let ranged = |tags: &Value| {
        let space = json!({ "addressPrefixes": ["10.99.0.0/16"] });
        let mut body = plain(tags);
        body["properties"] = json!({ "addressSpace": space });
        body
    };
    for (id, at, body) in [
        (TABLE, "/demo-routes", &plain as &dyn Fn(&Value) -> Value),
        (NETWORK, "/demo-vnet", &ranged),
    ] {
        for (tags, said) in [
            (json!({}), "made by somebody without the tag `akstool-environment`"),
            (
                json!({ "akstool-environment": "other" }),
                "made by somebody with the tag `akstool-environment: other`",
            ),
        ] {
            let sandbox = Sandbox::new();
            script(&sandbox, ("PUT", at, 1), ("PUT", id, body(&tags)));
            let ran = words(&meanwhile(&sandbox, &["up", "kubenet"]).exits(1));
            assert!(ran.contains("ChangedMeanwhile: it is left alone:"), "{id}: {ran}");
            assert!(ran.contains(said) && ran.contains(AGAIN), "{id}: {ran}");
            let made = body_of(&sandbox, id).expect("his");
            sandbox.run(&["up", "kubenet", "--yes"]).exits(4);
            sandbox.run(&["down", "demo", "--yes"]).ok();
            assert_eq!(body_of(&sandbox, id), Some(made), "{id} {tags}");
            assert_eq!(sandbox.ids().len(), 2, "the group and what is his: {:?}", sandbox.ids());
        }
    }
}

#[test]
fn a_subnet_that_another_hand_makes_first_is_told_as_it_is() {
    let sandbox = Sandbox::new();
    let his = json!({ "properties": { "addressPrefix": "10.10.7.0/24" } });
    script(&sandbox, ("PUT", "/subnets/nodes", 1), ("PUT", SUBNET, his));
    let ran = words(&meanwhile(&sandbox, &["up", "kubenet"]).exits(1));
    let said = "somebody made it since the plan was made: addressPrefix is `10.10.7.0/24`, the \
                plan says `10.10.1.0/24`; routeTable is nothing, the plan says";
    assert!(ran.contains(said) && ran.contains(AGAIN), "{ran}");
    let subnet = body_of(&sandbox, SUBNET).expect("his");
    assert_eq!(subnet["properties"]["addressPrefix"], "10.10.7.0/24");
}

#[test]
fn what_is_tagged_anew_under_a_run_is_left_alone() {
    let change = ["up", "kubenet", "--set", "metadata.tags.a=b"];
    let migrate = ["migrate", "demo", "--to", "overlay"];
    let table = [
        (TABLE, ("PUT", "/demo-routes", 1), &change[..]),
        (NETWORK, ("PUT", "/demo-vnet", 1), &change),
        (CLUSTER, ("PUT", "/managedClusters/demo", 1), &change),
        (CLUSTER, ("PUT", "/managedClusters/demo", 1), &migrate),
        (TABLE, ("PUT", "/managedClusters/demo", 1), &migrate),
        (GROUP, ("DELETE", "/managedClusters/demo", 1), &["down", "demo"]),
        (IDENTITY, ("DELETE", "/managedClusters/demo", 1), &["down", "demo"]),
        (NETWORK, ("DELETE", "/managedClusters/demo", 1), &["down", "demo"]),
        (CLUSTER, ("DELETE", "/managedClusters/demo", 1), &["down", "demo"]),
    ];
    for (id, moment, args) in table {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        let mut his = body_of(&sandbox, id).expect("it stands there");
        his["tags"] = json!({ "akstool-environment": "other" });
        script(&sandbox, moment, ("PUT", id, his));
        let ran = words(&meanwhile(&sandbox, args).exits(1));
        let said = "it is left alone: its tag `akstool-environment` says `other` since the plan was \
                    made";
        assert!(ran.contains(said) && ran.contains(AGAIN), "{id} {args:?}: {ran}");
        sandbox.run(&["down", "demo", "--yes"]).ok();
        let left = body_of(&sandbox, id).expect("it is his now");
        assert_eq!(left["tags"]["akstool-environment"], "other", "{id} {args:?}");
    }
}

#[test]
fn a_lock_that_comes_under_a_run_is_named_and_the_rest_waits_for_it() {
    let lock = |scope: &str| format!("{scope}/providers/Microsoft.Authorization/locks/freeze");
    let overlay = ["migrate", "demo", "--to", "overlay"];
    let table = [
        (
            "ReadOnly",
            GROUP,
            ("PUT", "/demo-vnet", 1),
            &["up", "kubenet"][..],
            "write virtual network `demo-vnet`",
        ),
        (
            "ReadOnly",
            NETWORK,
            ("PUT", "/subnets/nodes", 1),
            &["up", "kubenet"],
            "write subnet `nodes`",
        ),
        ("CanNotDelete", "", ("DELETE", "/managedClusters/demo", 1), &["down", "demo"], "delete"),
        (
            "CanNotDelete",
            NETWORK,
            ("DELETE", "/managedClusters/demo", 1),
            &["down", "demo"],
            "delete",
        ),
        ("CanNotDelete", GROUP, ("PUT", "/managedClusters/demo", 1), &overlay, "delete"),
    ];
    for (level, scope, moment, args, next) in table {
        let sandbox = Sandbox::new();
        if args[0] != "up" {
            sandbox.run(&["up", "kubenet", "--yes"]).ok();
        }
        let body = json!({ "properties": { "level": level } });
        script(&sandbox, moment, ("PUT", &lock(scope), body));
        let ran = words(&meanwhile(&sandbox, args).exits(1));
        assert!(ran.contains("409 `ScopeLocked`"), "{level} {scope}: {ran}");
        assert!(ran.contains("hint: a lock forbids it"), "{level} {scope}: {ran}");
        if args[0] == "migrate" {
            // A right is told by what it gives, here too.
            assert!(
                ran.contains("✗ role assignment Network Contributor for demo-identity"),
                "{ran}"
            );
            continue;
        }
        let again = sandbox.run(&[args, &["--yes"]].concat()).exits(1);
        let said = words(&again);
        assert!(said.contains("Lock `freeze` on") && said.contains(next), "{said}");
        assert!(said.contains("nothing was changed"), "{said}");
    }
}

#[test]
fn what_another_hand_deletes_of_what_goes_anyway_is_gone_and_no_trouble() {
    for id in [GROUP, IDENTITY, TABLE, SUBNET, NETWORK, CLUSTER] {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        // What the cluster or a subnet uses can go only once they are gone.
        let at = match id {
            GROUP | CLUSTER => "/managedClusters/demo",
            TABLE => "/demo-routes",
            _ => "/demo-identity",
        };
        script(&sandbox, ("DELETE", at, 1), ("DELETE", id, Value::Null));
        meanwhile(&sandbox, &["down", "demo"]).ok();
        assert_eq!(sandbox.ids(), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn a_hand_that_azure_refuses_is_no_trouble_that_passes() {
    let sandbox = Sandbox::new();
    let lost = "/resourceGroups/none/providers/Microsoft.Network/routeTables/t";
    script(&sandbox, ("PUT", "/demo-routes", 1), ("PUT", lost, json!({ "location": "x" })));
    let ran = words(&meanwhile(&sandbox, &["up", "kubenet"]).exits(1));
    assert!(ran.contains("SimulatorScriptRefused"), "{ran}");
    assert!(ran.contains("The other hand of the script was refused"), "{ran}");
}

#[test]
fn a_pool_that_is_deleted_under_a_change_of_its_cluster_is_no_fault_of_the_profile() {
    let sandbox = Sandbox::new();
    let pool = "  - { name: apps, mode: user, vmSize: Standard_D2s_v5, count: 1 }\n";
    let profile = sandbox.run(&["profiles", "kubenet"]).ok().stdout + pool;
    sandbox.write("two.yaml", profile);
    sandbox.run(&["up", "two.yaml", "--yes"]).ok();
    let apps = format!("{CLUSTER}/agentPools/apps");
    script(&sandbox, ("PUT", "/managedClusters/demo", 1), ("DELETE", &apps, Value::Null));
    let change = ["up", "two.yaml", "--set", "metadata.tags.a=b"];
    let ran = words(&meanwhile(&sandbox, &change).exits(1));
    assert!(ran.contains("somebody added or deleted a node pool meanwhile"), "{ran}");
    assert!(!ran.contains("correct it"), "{ran}");
    sandbox.run(&[&change[..], &["--yes"]].concat()).ok();
    assert!(body_of(&sandbox, &apps).is_some());
}
