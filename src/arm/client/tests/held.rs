//! Writes that wait for what holds their resource.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_the_operation_that_holds_the_resource() {
    let changing = json!({ "properties": { "provisioningState": "Updating" } });
    let settled = json!({ "id": "/x", "properties": { "provisioningState": "Succeeded" } });
    let pool = cluster().child("agentPools", "p");
    let busy = "Operation is not allowed: Another operation (Updating) is in progress";
    let stage = Stage::new(vec![
        says(409, &[], json!({ "code": "OperationNotAllowed", "message": busy, "details": null })),
        says(404, &[], Value::Null),
        says(200, &[], changing),
        says(200, &[], settled.clone()),
        says(201, &[], settled),
    ]);
    stage.arm.put(&pool, &API, &json!({}), Conditions::None).await.unwrap();
    let methods: Vec<String> =
        stage.asked().iter().map(|what| what.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["PUT", "GET", "GET", "GET", "PUT"]);
    assert_eq!(stage.times(), [0, 5, 5, 15, 15]);
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_the_sibling_that_aks_names() {
    let in_state = |word: &str| json!({ "id": "/x", "properties": { "provisioningState": word } });
    let busy = "Operation is not allowed: Another agentpool operation (np1 - Creating) is in \
                progress, please wait for it to finish before starting a new operation.";
    let stage = Stage::new(vec![
        says(409, &[], json!({ "code": "OperationNotAllowed", "message": busy, "details": null })),
        says(404, &[], Value::Null),
        says(200, &[], in_state("Creating")),
        says(200, &[], in_state("Succeeded")),
        says(200, &[], in_state("Succeeded")),
        says(201, &[], in_state("Succeeded")),
    ]);
    let pool = cluster().child("agentPools", "p");
    stage.arm.put(&pool, &API, &json!({}), Conditions::None).await.unwrap();
    let asked = stage.asked();
    let sibling = |what: &&String| what.contains("/agentPools/np1?");
    assert_eq!(asked.iter().filter(sibling).count(), 2, "{asked:?}");
    assert_eq!(stage.times(), [0, 5, 5, 15, 15, 15]);
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_the_operation_whose_address_it_is_given() {
    let address = "https://arm.invalid/subscriptions/s/providers/Microsoft.Network/locations/w/operations/o?api-version=1";
    let busy = format!(
        "Another operation on this or dependent resource is in progress. To retrieve status of \
         the operation use uri: {address}."
    );
    let status = |word: &str| says(200, &[], json!({ "status": word }));
    let stage = Stage::new(vec![
        says(
            409,
            &[],
            json!({ "error": { "code": "AnotherOperationInProgress", "message": busy } }),
        ),
        status("InProgress"),
        status("Succeeded"),
        says(404, &[], Value::Null),
        says(201, &[], json!({ "id": "/x" })),
    ]);
    let network =
        ResourceId::resource_group("s", "g").resource("Microsoft.Network/routeTables", "t");
    stage.arm.put(&network, &API, &json!({}), Conditions::None).await.unwrap();
    let polls = stage.asked().iter().filter(|what| what.contains("/operations/o?")).count();
    assert_eq!(polls, 2, "{:?}", stage.asked());
    let notices = stage.notices.lock().unwrap();
    let [Notice::Held { says, .. }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(says, "Another operation on this or dependent resource is in progress");
}

#[tokio::test(start_paused = true)]
async fn what_a_role_lies_on_is_waited_for_in_its_own_version() {
    let in_state = |word: &str| {
        says(200, &[], json!({ "id": "/x", "properties": { "provisioningState": word } }))
    };
    let stage = Stage::new(vec![
        in_state("Succeeded"),
        refuses(409, "AnotherOperationInProgress"),
        says(404, &[], Value::Null),
        in_state("Updating"),
        in_state("Succeeded"),
        says(201, &[], json!({ "id": "/x" })),
    ]);
    let (network, roles) = (ApiVersion::new("2025-07-01"), ApiVersion::new("2022-04-01"));
    let subnet = ResourceId::resource_group("s", "g")
        .resource("Microsoft.Network/virtualNetworks", "v")
        .child("subnets", "n");
    let role = subnet.resource("Microsoft.Authorization/roleAssignments", "r");
    stage.arm.get(&subnet, &network).await.unwrap();
    stage.arm.put(&role, &roles, &json!({}), Conditions::None).await.unwrap();
    let (of_subnet, of_role) =
        (format!("{subnet}?api-version={network}"), format!("{role}?api-version={roles}"));
    let expected = [
        format!("GET {of_subnet}"),
        format!("PUT {of_role}"),
        format!("GET {of_role}"),
        format!("GET {of_subnet}"),
        format!("GET {of_subnet}"),
        format!("PUT {of_role}"),
    ];
    assert_eq!(stage.asked(), expected);
}
