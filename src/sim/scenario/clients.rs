//! What foreign clients ask that akstool does not.

use super::*;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

#[tokio::test(start_paused = true)]
async fn a_built_in_role_is_found_above_the_subscriptions() {
    let world = World::new();
    let path = format!("/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}");
    for asked in [path.clone(), format!("/{path}")] {
        let shown =
            world.call("GET", &asked, "2022-05-01-preview", Value::Null).await.body.unwrap();
        assert_eq!(shown["id"], path.as_str());
    }
    let below = world.call("GET", &format!("{SUB}{path}"), "2022-04-01", Value::Null).await;
    assert_eq!(below.body.unwrap()["id"], format!("{SUB}{path}"));
    let list = "/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName+eq+'Owner'";
    let list = world.call("GET", list, "2022-05-01-preview", Value::Null).await.body.unwrap();
    assert!(list["value"][0]["id"].as_str().unwrap().starts_with("/providers/"));
}

#[tokio::test(start_paused = true)]
async fn orchestrators_are_the_versions_on_offer() {
    let world = World::new();
    let at = format!("{SUB}/providers/Microsoft.ContainerService/locations/westeurope");
    for api in ["2017-09-30", "2019-04-01", "2019-08-01"] {
        let path = format!("{at}/orchestrators?resource-type=managedClusters");
        let old = world.call("GET", &path, api, Value::Null).await.body.unwrap();
        let list = old["properties"]["orchestrators"].as_array().unwrap().clone();
        let minors: std::collections::BTreeSet<String> = list
            .iter()
            .map(|one| {
                one["orchestratorVersion"].as_str().unwrap().rsplit_once('.').unwrap().0.to_owned()
            })
            .collect();
        let new = world.get(&format!("{at}/kubernetesVersions")).await;
        let offered = new["values"].as_array().unwrap().iter();
        let offered = offered.map(|one| one["version"].as_str().unwrap().to_owned()).collect();
        assert_eq!(minors, offered);
        assert_eq!(list.iter().filter(|one| one["default"] == true).count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_of_the_azure_cli_is_not_blamed_for_its_form() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let template = "{\"properties\": {\"mode\": \"Incremental\", template:{ // a comment\n}}}";
    let path =
        format!("{GROUP}/providers/Microsoft.Resources/deployments/d?api-version=2024-11-01");
    let call = Call { method: "PUT".to_owned(), path, body: template.into(), ..Call::default() };
    let reply = world.sim.answer(call).await;
    let said = reply.body.unwrap()["error"]["message"].as_str().unwrap().to_owned();
    assert!(said.starts_with("The embedded Azure does not carry"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_identity_trusts_whom_it_is_told_to() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world.write("PUT", IDENTITY, json!({"location": "westeurope"})).await;
    let trust = |subject: &str| {
        json!({"properties": {"issuer": "https://issuer/", "subject": subject,
        "audiences": ["api://AzureADTokenExchange"]}})
    };
    let one = format!("{IDENTITY}/federatedIdentityCredentials/one");
    assert_eq!(world.write("PUT", &one, trust("a")).await.status, 201);
    assert_eq!(world.write("PUT", &one, trust("b")).await.status, 200);
    assert_eq!(world.get(&one).await["properties"], trust("b")["properties"]);
    let two = format!("{IDENTITY}/federatedIdentityCredentials/two");
    assert_eq!(world.refused("PUT", &two, trust("b")).await.0, 409);
    assert_eq!(world.refused("PUT", &two, json!({"properties": {"issuer": "x"}})).await.0, 400);
    assert_eq!(world.write("DELETE", &one, Value::Null).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_identity_learns_whom_to_trust_one_by_one() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let other = IDENTITY.replace("userAssignedIdentities/", "userAssignedIdentities/other-");
    for identity in [IDENTITY, &other] {
        world.write("PUT", identity, json!({"location": "westeurope"})).await;
    }
    let of = |identity: &str, name: &str| format!("{identity}/federatedIdentityCredentials/{name}");
    let trust = |subject: &str| {
        json!({"properties": {"issuer": "https://issuer/", "subject": subject,
        "audiences": ["api://AzureADTokenExchange"]}})
    };
    let (one, two, away) = (of(IDENTITY, "one"), of(IDENTITY, "two"), of(&other, "two"));
    let (first, second, third) = tokio::join!(
        world.call("PUT", &one, api(&one), trust("a")),
        world.refused("PUT", &two, trust("b")),
        world.call("PUT", &away, api(&away), trust("b")),
    );
    assert_eq!((first.status, third.status), (201, 201));
    let code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
    assert_eq!(second, (409, code.to_owned()));
    world.write("PUT", &two, trust("b")).await;
    let (gone, refused) = tokio::join!(
        world.call("DELETE", &one, api(&one), Value::Null),
        world.refused("DELETE", &two, Value::Null),
    );
    assert_eq!((gone.status, refused), (200, (409, code.to_owned())));
    world.write("DELETE", &two, Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_holds_a_prefix() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let prefix = format!("{GROUP}/providers/Microsoft.Network/publicIPPrefixes/p");
    let body = json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"prefixLength": 30}});
    world.write("PUT", &prefix, body).await;
    assert!(world.get(&prefix).await["properties"]["ipPrefix"].as_str().unwrap().ends_with("/30"));
    let gateway = format!("{GROUP}/providers/Microsoft.Network/natGateways/n");
    let body = json!({"location": "westeurope", "sku": {"name": "Standard"},
        "properties": {"publicIpPrefixes": [{"id": prefix}]}});
    world.write("PUT", &gateway, body).await;
    assert_eq!(world.refused("DELETE", &prefix, Value::Null).await.0, 400);
    world.write("DELETE", &gateway, Value::Null).await;
    world.write("DELETE", &prefix, Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn kubenet_without_a_route_table_gets_one_for_as_long_as_it_stands() {
    for identity in ["UserAssigned", "SystemAssigned"] {
        let world = World::new();
        world.ground(false).await;
        let mut body = cluster("kubenet");
        if identity == "SystemAssigned" {
            body["identity"] = json!({"type": identity});
        }
        let before = world.get(SUBNET).await;
        assert_eq!(world.write("PUT", CLUSTER, body.clone()).await.status, 201);
        let subnet = world.get(SUBNET).await;
        let table = subnet["properties"]["routeTable"]["id"].as_str().unwrap().to_owned();
        assert!(table.contains("/resourceGroups/MC_g_c_westeurope/"), "{table}");
        assert_eq!(world.get(&table).await["properties"]["routes"].as_array().unwrap().len(), 2);
        assert_eq!(world.write("PUT", CLUSTER, body).await.status, 200);
        world.write("DELETE", CLUSTER, Value::Null).await;
        let mut after = world.get(SUBNET).await;
        after["etag"] = before["etag"].clone();
        assert_eq!(after, before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_has_one_identity_of_its_own() {
    let world = World::new();
    world.ground(false).await;
    let mut body = cluster("overlay");
    let other = IDENTITY.replace("/i", "/j");
    body["identity"]["userAssignedIdentities"][&other] = json!({});
    assert_eq!(world.refused("PUT", CLUSTER, body).await, (400, "BadRequest".to_owned()));
}
