//! Policies that deny, and the providers' own lists.

use crate::arm::id::ResourceId;

use super::*;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

fn under(scope: &str, kind: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/{kind}/{name}")
}

/// Places a rule and its assignment to the subscription.
fn assign(world: &World, name: &str, rule: &Value, parameters: &Value) {
    let definition = under(SUB, "policyDefinitions", name);
    let place = |id: &str, body: Value| {
        let id = ResourceId::parse(id).unwrap();
        world.sim.put(&id, "2025-03-01", body).unwrap();
    };
    place(
        &definition,
        json!({"properties": {"displayName": "Rule", "mode": "Indexed", "parameters": {"listOfAllowedLocations": {"type": "Array"}, "tagName": {"type": "String", "defaultValue": "owner"}}, "policyRule": {"if": rule, "then": {"effect": "deny"}}}}),
    );
    place(
        &under(SUB, "policyAssignments", name),
        json!({"properties": {"displayName": "Given", "policyDefinitionId": definition, "parameters": parameters}}),
    );
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_not_allowed_is_denied_with_its_reason() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let rule = json!({"allOf": [{"field": "location", "notIn": "[parameters('listOfAllowedLocations')]"}, {"field": "location", "notEquals": "global"}]});
    assign(
        &world,
        "regions",
        &rule,
        &json!({"listOfAllowedLocations": {"value": ["northeurope"]}}),
    );
    let reply = world.call("PUT", TABLE, "2025-07-01", json!({"location": "westeurope"})).await;
    let error = reply.body.unwrap()["error"].clone();
    assert_eq!((reply.status, &error["code"]), (403, &json!("RequestDisallowedByPolicy")));
    assert_eq!(error["target"], "t");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("Resource 't' was disallowed by policy. Policy identifiers: '[{"),
        "{error}"
    );
    let info = &error["additionalInfo"][0]["info"];
    assert_eq!(error["additionalInfo"][0]["type"], "PolicyViolation");
    assert_eq!(info["policyAssignmentScope"], SUB);
    let evaluated = &info["evaluationDetails"]["evaluatedExpressions"][0];
    assert_eq!(
        (&evaluated["operator"], &evaluated["expressionValue"]),
        (&json!("NotIn"), &json!("westeurope"))
    );
    // A rule for what is indexed leaves groups alone.
    world.write("PUT", GROUP, json!({"location": "westeurope", "tags": {"a": "b"}})).await;
    let list = under(GROUP, "policyAssignments", "").trim_end_matches('/').to_owned();
    let found =
        world.call("GET", &format!("{list}?$filter=atScope()"), "2025-11-01", Value::Null).await;
    assert_eq!(found.body.unwrap()["value"].as_array().unwrap().len(), 1);
    world
        .call("DELETE", &under(SUB, "policyAssignments", "regions"), "2025-03-01", Value::Null)
        .await;
    world.write("PUT", TABLE, json!({"location": "westeurope"})).await;
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_is_asked_for_must_be_there() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let rule = json!({"field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false"});
    assign(&world, "tag", &rule, &json!({}));
    let (status, code) = world.refused("PUT", TABLE, json!({"location": "westeurope"})).await;
    assert_eq!((status, code.as_str()), (403, "RequestDisallowedByPolicy"));
    world.write("PUT", TABLE, json!({"location": "westeurope", "tags": {"Owner": "me"}})).await;
    let bare = json!({"tags": {"other": "x"}});
    let (status, code) = world.refused("PATCH", TABLE, bare).await;
    assert_eq!((status, code.as_str()), (403, "RequestDisallowedByPolicy"));
    // What is not modelled denies nothing.
    assign(&world, "odd", &json!({"field": "Microsoft.Network/x.y", "equals": "z"}), &json!({}));
    world.write("PUT", TABLE, json!({"location": "westeurope", "tags": {"owner": "me"}})).await;
}

#[tokio::test(start_paused = true)]
async fn every_provider_that_is_listed_answers_for_its_types() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "northeurope"})).await;
    let providers = world.get(&format!("{SUB}/providers")).await;
    for provider in providers["value"].as_array().unwrap() {
        let types = provider["resourceTypes"].as_array().unwrap();
        assert!(!types.is_empty(), "{provider}");
    }
    let at = |kind: &str| format!("{GROUP}/providers/{kind}");
    let workspace = at("Microsoft.OperationalInsights/workspaces/logs");
    let body = json!({"location": "northeurope", "properties": {"sku": {"name": "Standalone"}}});
    let reply = world.call("PUT", &workspace, "2025-07-01", body).await;
    assert_eq!((reply.status, header(&reply, "Retry-After").as_deref()), (201, Some("20")));
    assert_eq!(world.follow(&reply).await.last().unwrap(), "Succeeded");
    let shown = world.call("GET", &workspace, "2025-07-01", Value::Null).await.body.unwrap();
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    assert_eq!(shown["properties"]["sku"]["name"], "PerGB2018");
    let registry = at("Microsoft.ContainerRegistry/registries/images");
    let body = json!({"location": "northeurope", "sku": {"name": "Premium"}});
    let shown = world.call("PUT", &registry, "2023-07-01", body).await.body.unwrap();
    assert_eq!(shown["properties"]["loginServer"], "images.azurecr.io");
    let cluster = world.call("GET", CLUSTER, "2001-01-01", Value::Null).await.body.unwrap();
    let said = cluster["error"]["message"].as_str().unwrap();
    assert!(said.contains("for location 'northeurope' and API version '2001-01-01'"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn what_clients_only_read_is_there_to_be_read() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope", "tags": {"a": "b"}})).await;
    let call = async |path: &str, api: &str| {
        let reply = world.call("GET", path, api, Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
        reply.body.unwrap()["value"].as_array().unwrap().clone()
    };
    world.ground(false).await;
    let mut private = cluster("azure");
    private["properties"]["apiServerAccessProfile"] = json!({"enablePrivateCluster": true});
    world.write("PUT", CLUSTER, private).await;
    let links = call(&format!("{CLUSTER}/privateLinkResources"), "2025-10-01").await;
    assert_eq!(links[0]["groupId"], "management");
    let path = format!("{CLUSTER}/accessProfiles/clusterAdmin/listCredential");
    let given = world.call("POST", &path, "2025-10-01", Value::Null).await.body.unwrap();
    assert!(given["properties"]["kubeConfig"].is_string(), "{given}");
    world.write("PUT", GROUP, json!({"location": "westeurope", "tags": {"a": "b"}})).await;
    let tags = call(&format!("{SUB}/tagNames"), "2021-04-01").await;
    assert_eq!(
        (&tags[0]["tagName"], &tags[0]["values"][0]["tagValue"]),
        (&json!("a"), &json!("b"))
    );
    for (path, api) in [
        (format!("{GROUP}/providers/Microsoft.Resources/deployments/"), "2024-11-01"),
        (format!("{SUB}/providers/Microsoft.Features/features"), "2021-07-01"),
        (
            format!("{SUB}/providers/Microsoft.Features/providers/Microsoft.Network/features"),
            "2021-07-01",
        ),
        (format!("{SUB}/providers/Microsoft.ContainerService/snapshots"), "2025-10-01"),
        (under(SUB, "policyAssignments", "").trim_end_matches('/').to_owned(), "2025-11-01"),
    ] {
        assert!(call(&path, api).await.is_empty(), "{path}");
    }
}
