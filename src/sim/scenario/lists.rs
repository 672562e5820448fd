//! Lists, what is asked of them wrongly, and bodies that cannot be read.

use super::*;

const RESOURCES: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resources";
const GROUPS: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups";

#[tokio::test(start_paused = true)]
async fn what_no_list_understands_is_refused() {
    let world = World::new();
    world.ground(true).await;
    for scope in [RESOURCES, GROUPS] {
        for query in [
            "$skiptoken=banana",
            "$skiptoken=2",
            "$skiptoken=",
            "$top=-1",
            "$top=0",
            "$top=x",
            "$top=99999999999999999999",
            "$expand=bananas",
            "$expand=createdTime,bananas",
        ] {
            let refused = world.refused("GET", &format!("{scope}?{query}"), Value::Null).await;
            assert_eq!(refused, (400, "BadRequest".to_owned()), "{scope} {query}");
        }
        let path = format!("{scope}?$filter=tagName%20eq%20'x");
        let refused = world.refused("GET", &path, Value::Null).await;
        assert_eq!(refused, (400, "InvalidFilterInQueryString".to_owned()));
    }
    let path = format!("{GROUPS}?$filter=name%20eq%20'g'");
    let refused = world.refused("GET", &path, Value::Null).await;
    assert_eq!(refused, (400, "InvalidFilterInQueryString".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_list_adds_times_and_states_on_request() {
    let world = World::new();
    world.ground(true).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    world.write("PUT", VNET, json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}, "subnets": []}})).await;
    let filter = "$filter=substringof('V',name)";
    let list = world
        .get(&format!("{RESOURCES}?{filter}&$expand=createdTime,changedTime,provisioningState"))
        .await;
    let [found] = list["value"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!((&found["name"], &found["provisioningState"]), (&json!("v"), &json!("Succeeded")));
    let time = |field: &str| found[field].as_str().unwrap().to_owned();
    assert!(time("createdTime").as_str() < "2026-01-01T00:30:00Z", "{found}");
    assert!(time("changedTime").as_str() > "2026-01-01T01:00:00Z", "{found}");
    let plain = world.get(&format!("{RESOURCES}?{filter}")).await;
    assert!(plain["value"][0].get("createdTime").is_none(), "{plain}");
    let page = world.get(&format!("{RESOURCES}?$top=1")).await;
    let next = page["nextLink"].as_str().unwrap().strip_prefix(ENDPOINT).unwrap();
    let second = world.get_as_is(next).await;
    assert_ne!(second["value"][0]["id"], page["value"][0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn tags_are_texts_and_fifty_at_most() {
    let world = World::new();
    let tags = |count: usize| -> Value {
        (0..count)
            .map(|number| (format!("t{number}"), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let group = |tags: Value| json!({"location": "westeurope", "tags": tags});
    world.write("PUT", GROUP, group(tags(50))).await;
    let refused = world.refused("PUT", GROUP, group(tags(51))).await;
    assert_eq!(refused, (400, "TooManyTags".to_owned()));
    for odd in [json!({"a": 1}), json!({"a": {"b": "c"}}), json!(["a"]), json!("a")] {
        let refused = world.refused("PUT", GROUP, group(odd)).await;
        assert_eq!(refused, (400, "InvalidRequestContent".to_owned()));
    }
    let refused = world.refused("PATCH", GROUP, json!({"tags": {"a": true}})).await;
    assert_eq!(refused, (400, "InvalidRequestContent".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_named_so_is_refused_in_azures_words() {
    let world = World::new();
    let path = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a%20b!";
    for (method, path) in [("PUT", path.to_owned()), ("GET", format!("{path}/resources"))] {
        let reply =
            world.call(method, &path, "2025-04-01", json!({"location": "westeurope"})).await;
        assert_eq!(
            reply.body.unwrap()["error"],
            json!({"code": "InvalidResourceGroup", "message": "The provided resource group name 'a b!' has these invalid characters: ' !'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'."})
        );
    }
    let long = format!("{GROUPS}/{}", "x".repeat(91));
    let refused = world.refused("PUT", &long, json!({"location": "westeurope"})).await;
    assert_eq!(refused, (400, "InvalidResourceGroup".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_aks_cannot_read_is_refused_in_its_shape() {
    let world = World::new();
    world.ground(false).await;
    let mut odd = cluster("azure");
    odd["properties"]["agentPoolProfiles"][0]["count"] = json!("3");
    let reply = world.call("PUT", CLUSTER, "2025-10-01", odd).await;
    let body = reply.body.unwrap();
    assert_eq!((reply.status, &body["code"]), (400, &json!("UnmarshalError")), "{body}");
    let mut odd = cluster("azure");
    odd["properties"]["bananas"] = json!(1);
    assert_eq!(world.refused("PUT", CLUSTER, odd.clone()).await.1, "UnmarshalError");
    let preview = world.call("PUT", CLUSTER, "2025-10-02-preview", odd).await;
    assert_eq!(preview.status, 201, "{:?}", preview.body);
}
