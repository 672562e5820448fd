//! Other hands around an environment, as a user meets them: what they use of it, what of theirs it
//! uses, what they took off it, what they gave. The axes of one kind stand in one table.

use serde_json::{Value, json};

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

const NETWORK: &str = "2025-07-01";
const NET: &str = "/resourceGroups/net/providers/Microsoft.Network";
const DEMO: &str = "/resourceGroups/demo/providers/Microsoft.Network";

/// Returns what was printed as one line of words.
fn words(ran: &Ran) -> String {
    let said = format!("{} {}", ran.stdout, ran.stderr);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a world with a group of the network team's.
fn with_net() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/net", "2021-04-01", &json!({ "location": "westeurope" }));
    sandbox
}

fn network(sandbox: &Sandbox, name: &str, range: &str, subnet: &str) {
    let space = json!({ "addressSpace": { "addressPrefixes": [range] } });
    let id = format!("{NET}/virtualNetworks/{name}");
    sandbox.put(&id, NETWORK, &json!({ "location": "westeurope", "properties": space }));
    let body = json!({ "properties": { "addressPrefix": subnet } });
    sandbox.put(&format!("{id}/subnets/theirs"), NETWORK, &body);
}

/// Returns the document of a resource, by the end of its id.
fn found(sandbox: &Sandbox, end: &str) -> Option<Value> {
    let end = end.to_lowercase();
    let is = |one: &Value| one["id"].as_str().is_some_and(|id| id.to_lowercase().ends_with(&end));
    sandbox.store().into_iter().find(is)
}

/// Writes a resource as it stands, with other tags.
fn retag(sandbox: &Sandbox, end: &str, version: &str, tags: &Value) {
    let body = found(sandbox, end).expect("it stands there");
    let id = body["id"].as_str().expect("an id").to_owned();
    let mut wish = json!({ "tags": tags });
    for name in ["location", "identity", "sku", "properties"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            wish[name] = value.clone();
        }
    }
    sandbox.put(id.strip_prefix(SUBSCRIPTION).expect("of the subscription"), version, &wish);
}

#[test]
fn what_a_subnet_of_ours_uses_of_others_does_not_keep_it() {
    let bodies = [
        (
            "natGateways",
            "natGateway",
            json!({ "location": "westeurope", "sku": { "name": "Standard" } }),
        ),
        ("routeTables", "routeTable", json!({ "location": "westeurope" })),
        ("networkSecurityGroups", "networkSecurityGroup", json!({ "location": "westeurope" })),
    ];
    for (kind, at, body) in bodies {
        let sandbox = with_net();
        let theirs = format!("{NET}/{kind}/corp");
        sandbox.put(&theirs, NETWORK, &body);
        let before = sandbox.ids();
        sandbox.run(&["up", "azure-overlay", "--yes", "--name", "demo"]).ok();
        let mut subnet = json!({ "properties": { "addressPrefix": "10.10.1.0/24" } });
        subnet["properties"][at] = json!({ "id": format!("{SUBSCRIPTION}{theirs}") });
        sandbox.put(&format!("{DEMO}/virtualNetworks/demo-vnet/subnets/nodes"), NETWORK, &subnet);
        sandbox.run(&["down", "demo", "--yes"]).ok();
        assert_eq!(sandbox.ids(), before, "{kind}");
    }
}

#[test]
fn what_of_ours_others_use_is_named_by_every_command_and_named_again() {
    let sandbox = with_net();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    network(&sandbox, "third", "10.150.0.0/16", "10.150.1.0/24");
    let table = json!({ "properties": { "addressPrefix": "10.150.1.0/24",
        "routeTable": { "id": format!("{SUBSCRIPTION}{DEMO}/routeTables/demo-routes") } } });
    sandbox.put(&format!("{NET}/virtualNetworks/third/subnets/theirs"), NETWORK, &table);
    let ran = sandbox.run(&["status", "demo"]).ok();
    assert!(words(&ran).contains("third/subnets/theirs uses demo-routes"), "{}", ran.stdout);
    for _ in 0..2 {
        let said = words(&sandbox.run(&["down", "demo", "--yes"]).ok());
        let stays =
            ["= route table demo-routes", "= resource group demo"].map(|row| said.contains(row));
        assert_eq!(stays, [true; 2], "{said}");
        assert!(said.contains("in use by what another hand made: theirs"), "{said}");
    }
}

#[test]
fn a_cluster_of_others_under_our_identity_keeps_the_identity_and_no_more() {
    let sandbox = with_net();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    network(&sandbox, "third", "10.150.0.0/16", "10.150.1.0/24");
    let identity = found(&sandbox, "/demo-identity").expect("an identity");
    let right = json!({ "properties": {
        "principalId": identity["properties"]["principalId"],
        "principalType": "ServicePrincipal",
        "roleDefinitionId": role("4d97b98b-1d4f-4787-a291-c67834d212e7") } });
    let network = format!("{NET}/virtualNetworks/third");
    sandbox.put(&assignment(&network), "2022-04-01", &right);
    let mut users = serde_json::Map::new();
    users.insert(identity["id"].as_str().expect("an id").to_owned(), json!({}));
    let subnet = format!("{SUBSCRIPTION}{network}/subnets/theirs");
    let theirs = "/resourceGroups/net/providers/Microsoft.ContainerService/managedClusters/theirs";
    let pool = json!({ "name": "a", "count": 1, "vmSize": "Standard_D2s_v5", "mode": "System",
        "vnetSubnetID": subnet });
    sandbox.put(
        theirs,
        "2025-10-01",
        &json!({ "location": "westeurope",
        "identity": { "type": "UserAssigned", "userAssignedIdentities": users },
        "properties": { "dnsPrefix": "theirs", "agentPoolProfiles": [pool],
            "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay" } } }),
    );
    let said = words(&sandbox.run(&["down", "demo", "--yes"]).ok());
    assert!(
        said.contains("= identity demo-identity in use by what another hand made: theirs"),
        "{said}"
    );
    let ours = |id: &&String| id.contains("/resourcegroups/demo");
    let left: Vec<String> = sandbox.ids().iter().filter(ours).cloned().collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().any(|id| id.ends_with("/demo-identity")), "{left:?}");
}

fn role(guid: &str) -> String {
    format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}")
}

fn assignment(scope: &str) -> String {
    let name = "11111111-2222-3333-4444-555555555555";
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

#[test]
fn a_right_that_another_hand_gave_here_or_above_is_not_given_again() {
    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    const NETWORK_CONTRIBUTOR: &str = "4d97b98b-1d4f-4787-a291-c67834d212e7";
    const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let shared = format!("{NET}/virtualNetworks/shared");
    let subnet = format!("{shared}/subnets/theirs");
    let identity =
        "/resourceGroups/net/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks";
    let table = [
        ("", OWNER),
        ("", READER),
        ("/resourceGroups/net", CONTRIBUTOR),
        (&*shared, NETWORK_CONTRIBUTOR),
        (&*subnet, OWNER),
    ];
    for (scope, given) in table {
        let sandbox = with_net();
        network(&sandbox, "shared", "10.1.0.0/16", "10.1.1.0/24");
        sandbox.put(identity, "2023-01-31", &json!({ "location": "westeurope" }));
        let principal = &found(&sandbox, "/aks").expect("an identity")["properties"]["principalId"];
        let body = json!({ "properties": { "principalId": principal,
            "principalType": "ServicePrincipal", "roleDefinitionId": role(given) } });
        sandbox.put(&assignment(scope), "2022-04-01", &body);
        let before = sandbox.ids();
        let set = |path: &str, id: &str| format!("{path}={{ id: {SUBSCRIPTION}{id} }}");
        let sets = [
            set("network.vnet", &shared),
            set("network.subnets.nodes", &subnet),
            set("cluster.identity", identity),
        ];
        // Who may make all but rights.
        sandbox.write("faults.json", r#"{ "caller": [ { "role": "Contributor" } ] }"#);
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let with = [&["azure-overlay", "--sim-faults", "faults.json"][..], &sets].concat();
        let ran = sandbox.run(&[&["up", "--yes"], &with[..]].concat());
        if given == READER {
            let said = words(&ran.exits(1));
            assert!(said.contains("roleAssignments/write"), "{scope}: {said}");
            continue;
        }
        ran.ok();
        sandbox.run(&[&["plan", "--exit-code"], &with[..]].concat()).ok();
        sandbox.run(&[&["down", "--yes"], &with[..]].concat()).ok();
        assert_eq!(sandbox.ids(), before, "{scope} {given}");
    }
}

#[test]
fn whatever_the_name_of_what_others_put_into_a_group_the_group_stays() {
    let names = ["Application Insights Smart Detection", "it's (1) 100%", "a#b?c"];
    for name in names {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        let id = format!(
            "{SUBSCRIPTION}/resourceGroups/demo/providers/microsoft.insights/actionGroups/{name}"
        );
        let theirs = json!({ "id": id, "name": name, "type": "microsoft.insights/actiongroups" });
        let listed = |all: &[Value]| {
            let fault = json!({ "method": "GET", "path": "*/resourceGroups/demo/resources",
                "times": 0, "answer": { "status": 200, "body": { "value": all } } });
            sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
        };
        let ours = sandbox.store().into_iter().filter(|one| {
            let tagged = one["tags"]["akstool-environment"] == "demo";
            tagged && !one["id"].as_str().is_some_and(|id| id.contains("MC_"))
        });
        listed(&ours.chain([theirs.clone()]).collect::<Vec<_>>());
        let said =
            words(&sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).ok());
        assert!(said.contains(name), "{said}");
        let left = sandbox.ids();
        assert_eq!(left.len(), 1, "{left:?}");
        // Also where it came after the plan was made.
        listed(&[theirs]);
        sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).ok();
        assert_eq!(sandbox.ids(), left, "{name}");
    }
}

#[test]
fn what_lost_its_tag_is_named_with_the_way_back() {
    let parts = [
        ("/managedClusters/demo", "2025-10-01"),
        ("/demo-vnet", NETWORK),
        ("/demo-routes", NETWORK),
        ("/demo-identity", "2023-01-31"),
    ];
    for (end, version) in parts {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        let name = end.rsplit('/').next().expect("a name");
        let lost = format!("`{name}` carries no tag `akstool-environment`");
        retag(&sandbox, end, version, &json!({ "team": "x" }));
        let ran = sandbox.run(&["status", "demo"]).ok();
        assert!(words(&ran).contains(&lost), "{end}: {}", ran.stdout);
        assert!(!words(&ran).contains("az "), "{end}: {}", ran.stdout);
        let said = words(&sandbox.run(&["plan", "kubenet"]).exits(4));
        assert!(
            said.contains("if it is this environment's, give it its tag back"),
            "{end}: {said}"
        );
        let said = words(&sandbox.run(&["down", "demo", "--yes"]).ok());
        assert!(said.contains(&lost), "{end}: {said}");
        // What says that it is another's has lost nothing.
        retag(&sandbox, end, version, &json!({ "akstool-environment": "other" }));
        let said = words(&sandbox.run(&["down", "demo", "--yes"]).ok());
        assert!(!said.contains("carries no tag"), "{end}: {said}");
        assert!(found(&sandbox, end).is_some(), "{end}");
    }
}

#[test]
fn a_group_of_another_environment_is_no_matter_of_the_name() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let args = ["plan", "azure-overlay", "--name", "two", "--set", "metadata.resourceGroup=demo"];
    let said = words(&sandbox.run(&args).exits(4));
    assert!(said.contains("belongs to the environment `demo`"), "{said}");
    assert!(said.contains("hint: choose another `metadata.resourceGroup`."), "{said}");
}

#[test]
fn where_nothing_stands_a_group_where_it_does_is_named() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes", "--set", "metadata.resourceGroup=rg-a"]).ok();
    let before = sandbox.ids();
    let set = ["--set", "metadata.resourceGroup=rg-b"];
    for args in [&[&["down", "kubenet", "--yes"], &set[..]].concat(), &vec!["down", "rg-b/demo"]] {
        let said = words(&sandbox.run(args).ok());
        assert!(said.contains("stands in the resource group `rg-a`: `rg-a/demo`"), "{said}");
    }
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn a_right_is_told_by_what_it_gives_wherever_it_is_told() {
    let right = "role assignment Network Contributor for demo-identity on subnet nodes";
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let kept = ["plan", "kubenet", "--set", "metadata.tags.a=b"];
    let said = words(&sandbox.run(&kept).ok());
    assert!(said.contains(&format!("= {right}")), "{said}");
    let refused = json!({ "method": "DELETE", "path": "*/managedClusters/demo",
        "answer": { "status": 409, "body": { "error": { "code": "Conflict", "message": "no" } } } });
    sandbox.write("faults.json", json!({ "faults": [refused] }).to_string());
    let ran = sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).exits(1);
    let not_tried = words(&ran).split_once("not tried:").expect("a list").1.to_owned();
    assert!(not_tried.contains(right), "{not_tried}");
}

#[test]
fn what_others_wrote_into_something_of_ours_goes_with_it_and_not_without_a_word() {
    let route = json!({ "properties": { "addressPrefix": "192.168.7.0/24",
        "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.10.1.250" } });
    let rule = json!({ "properties": { "priority": 300, "direction": "Inbound", "access": "Allow",
        "protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": "22",
        "sourceAddressPrefix": "10.0.0.0/8", "destinationAddressPrefix": "*" } });
    let table = [
        (vec!["kubenet"], "routeTables/demo-routes", "routes", route),
        (
            vec![
                "azure-overlay",
                "--name",
                "demo",
                "--set",
                "network.subnets.nodes.securityGroup=true",
            ],
            "networkSecurityGroups/demo-nsg",
            "securityRules",
            rule,
        ),
    ];
    for (profile, outer, list, body) in table {
        let sandbox = Sandbox::new();
        sandbox.run(&[&["up", "--yes"], &profile[..]].concat()).ok();
        sandbox.put(&format!("{DEMO}/{outer}/{list}/theirs"), NETWORK, &body);
        let said = words(&sandbox.run(&["status", "demo"]).ok());
        assert!(said.contains(&format!("{outer}/{list}/theirs")), "{said}");
        let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
        let outer = outer.rsplit('/').next().expect("a name");
        let note = format!("`theirs` in `{outer}` is not ours and goes with it");
        assert!(words(&ran).contains(&note), "{}", ran.stdout);
        // What AKS wrote is nobody's, and what the profile asks for ours.
        assert_eq!(words(&ran).matches("is not ours").count(), 1, "{}", ran.stdout);
        assert_eq!(sandbox.ids(), Vec::<String>::new());
    }
}

#[test]
fn what_a_change_of_a_cluster_of_others_would_mean_is_not_told() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let theirs = json!({ "akstool-environment": "someone-else" });
    retag(&sandbox, "/managedClusters/demo", "2025-10-01", &theirs);
    let said = words(&sandbox.run(&["plan", "azure-overlay", "--name", "demo"]).exits(4));
    assert!(said.contains("someone-else"), "{said}");
    for word in ["reimaged", "migrate", "AKS does it in place", "addresses:"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_role_of_the_network_team_s_own_is_as_good_as_what_it_holds() {
    let own =
        "/providers/Microsoft.Authorization/roleDefinitions/aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb";
    let join = json!(["Microsoft.Network/virtualNetworks/subnets/*"]);
    let read = json!(["*/read"]);
    let less = json!(["Microsoft.Network/virtualNetworks/subnets/join/*"]);
    for (actions, not_actions, is_enough) in
        [(join.clone(), json!([]), true), (read, json!([]), false), (join, less, false)]
    {
        let sandbox = with_net();
        network(&sandbox, "shared", "10.1.0.0/16", "10.1.1.0/24");
        let kind = "/resourceGroups/net/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
        sandbox.put(&format!("{kind}/aks"), "2023-01-31", &json!({ "location": "westeurope" }));
        let identity = found(&sandbox, "/aks").expect("the identity");
        sandbox.put(
            own,
            "2022-04-01",
            &json!({ "properties": { "roleName": "Joins",
            "type": "CustomRole", "assignableScopes": [SUBSCRIPTION],
            "permissions": [{ "actions": actions, "notActions": not_actions }] } }),
        );
        let grant = "Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555";
        sandbox.put(
            &format!("{NET}/virtualNetworks/shared/providers/{grant}"),
            "2022-04-01",
            &json!({ "properties": { "principalId": identity["properties"]["principalId"],
                "principalType": "ServicePrincipal",
                "roleDefinitionId": format!("{SUBSCRIPTION}{own}") } }),
        );
        sandbox.write("faults.json", r#"{ "caller": [ { "role": "Contributor" } ] }"#);
        let id = |rest: &str| format!("{SUBSCRIPTION}{rest}");
        let sets = [
            format!("network.vnet.id={}", id(&format!("{NET}/virtualNetworks/shared"))),
            format!(
                "network.subnets.nodes.id={}",
                id(&format!("{NET}/virtualNetworks/shared/subnets/theirs"))
            ),
            format!("cluster.identity.id={}", id(&format!("{kind}/aks"))),
        ];
        let mut args = vec!["up", "existing-vnet", "--yes", "--sim-faults", "faults.json"];
        args.extend(sets.iter().flat_map(|set| ["--set", set]));
        if is_enough {
            let ran = sandbox.run(&args).ok();
            assert!(!words(&ran).contains("+ role assignment"), "{}", ran.stdout);
            args[0] = "plan";
            args.retain(|arg| *arg != "--yes");
            assert!(words(&sandbox.run(&args).ok()).contains("nothing to do"));
        } else {
            let said = words(&sandbox.run(&args).exits(1));
            assert!(said.contains("roleAssignments/write"), "{said}");
        }
        assert!(found(&sandbox, "/11111111-2222-3333-4444-555555555555").is_some());
    }
}

#[test]
fn a_guest_on_the_subnet_of_a_host_goes_before_it_in_one_run() {
    let network = "/resourceGroups/azure-overlay/providers/Microsoft.Network/virtualNetworks";
    let id = format!("{SUBSCRIPTION}{network}/azure-overlay-vnet");
    let sets =
        [format!("network.vnet.id={id}"), format!("network.subnets.nodes.id={id}/subnets/nodes")];
    for words_of_it in [
        &["azure-overlay", "guest"][..],
        &["guest", "azure-overlay"],
        &["azure-overlay", "guest", "--parallel", "1"],
    ] {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
        let mut guest = vec!["up", "existing-vnet", "--name", "guest", "--yes"];
        guest.extend(sets.iter().flat_map(|set| ["--set", set]));
        sandbox.run(&guest).ok();
        let ran = sandbox.run(&[&["down", "--yes"], words_of_it].concat()).ok();
        assert!(!words(&ran).contains("left alone"), "{}", ran.stdout);
        assert_eq!(sandbox.ids(), Vec::<String>::new(), "{words_of_it:?}");
    }
    // Alone the host leaves what the guest stands on.
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    let mut guest = vec!["up", "existing-vnet", "--name", "guest", "--yes"];
    guest.extend(sets.iter().flat_map(|set| ["--set", set]));
    sandbox.run(&guest).ok();
    let ran = sandbox.run(&["down", "azure-overlay", "--yes"]).ok();
    assert!(found(&sandbox, "/subnets/nodes").is_some(), "{}", ran.stdout);
}

#[test]
fn whoever_stands_in_a_subnet_of_ours_keeps_it_by_whatever_list_it_is_told() {
    for (kind, list) in [
        ("networkInterfaces", "ipConfigurations"),
        ("virtualNetworkGateways", "ipConfigurations"),
        ("applicationGateways", "gatewayIPConfigurations"),
    ] {
        let sandbox = with_net();
        sandbox.run(&["up", "azure-overlay", "--yes", "--name", "demo"]).ok();
        let subnet = format!("{SUBSCRIPTION}{DEMO}/virtualNetworks/demo-vnet/subnets/nodes");
        let at = json!([{ "name": "one", "properties": { "subnet": { "id": subnet } } }]);
        let mut body = json!({ "location": "westeurope", "properties": {} });
        body["properties"][list] = at;
        sandbox.put(&format!("{NET}/{kind}/theirs"), "2024-05-01", &body);
        let trace = ["--trace", "trace.jsonl"];
        let ran = sandbox.run(&[&["down", "demo", "--yes"][..], &trace].concat()).ok();
        assert!(words(&ran).contains("in use by what another hand made: theirs"), "{kind}");
        assert!(found(&sandbox, "/subnets/nodes").is_some(), "{kind}");
        let text = std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace");
        let refused = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let refused = refused.filter(|one| one["method"] == "DELETE" && one["status"] == 400);
        assert_eq!(refused.count(), 0, "{kind}");
    }
}
