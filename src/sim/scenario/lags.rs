//! Lists and reads that are behind the writes, met by a client.

use super::*;

const ALL: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

async fn names(world: &World, path: &str) -> Vec<String> {
    let list = world.get(path).await;
    let names = list["value"].as_array().unwrap().iter();
    names.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn each_list_lags_for_itself_in_both_directions() {
    let (resources, group) = (format!("{ALL}/resources"), format!("{GROUP}/resources"));
    let groups = format!("{ALL}/resourceGroups");
    let networks = format!("{GROUP}/providers/Microsoft.Network/routeTables");
    let lists = [("resources", resources), ("group", group), ("types", networks)];
    for (lagging, _) in &lists {
        let world = World::with(
            fault::Script::parse(&format!(r#"{{"lag": {{"{lagging}": 30}}}}"#)).unwrap(),
        );
        let body = json!({"location": "westeurope"});
        world.write("PUT", GROUP, body.clone()).await;
        world.write("PUT", TABLE, body).await;
        assert_eq!(names(&world, &groups).await, ["g"]);
        for (list, path) in &lists {
            assert_eq!(names(&world, path).await.is_empty(), list == lagging, "{lagging}: {list}");
        }
        pass(31).await;
        for (_, path) in &lists {
            assert_eq!(names(&world, path).await, ["t"]);
        }
        world.write("DELETE", TABLE, Value::Null).await;
        for (list, path) in &lists {
            assert_eq!(names(&world, path).await.len() == 1, list == lagging, "{lagging}: {list}");
        }
        pass(31).await;
        for (_, path) in &lists {
            assert!(names(&world, path).await.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn groups_that_lag_are_there_when_asked_for() {
    let world = World::with(fault::Script::parse(r#"{"lag": {"groups": {"new": 30}}}"#).unwrap());
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    assert!(names(&world, &format!("{ALL}/resourceGroups")).await.is_empty());
    assert_eq!(world.get(GROUP).await["name"], "g");
    pass(30).await;
    assert_eq!(names(&world, &format!("{ALL}/resourceGroups")).await, ["g"]);
    world.call("DELETE", GROUP, api(GROUP), Value::Null).await;
    pass(600).await;
    assert!(names(&world, &format!("{ALL}/resourceGroups")).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_read_that_lags_shows_the_old_document_and_a_write_meets_the_new_one() {
    let world =
        World::with(fault::Script::parse(r#"{"lag": {"reads": {"changed": 20}}}"#).unwrap());
    world.ground(true).await;
    pass(20).await;
    let old = world.get(VNET).await;
    let mut wish = old.clone();
    wish["tags"] = json!({"a": "b"});
    let written = world.write("PUT", VNET, wish.clone()).await.body.unwrap();
    assert_ne!(written["etag"], old["etag"]);
    assert_eq!(world.get(VNET).await, old);
    let headers = [("if-match".to_owned(), old["etag"].as_str().unwrap().to_owned())].into();
    let path = format!("{VNET}?api-version={}", api(VNET));
    let call = Call {
        method: "PUT".to_owned(),
        path,
        headers,
        body: wish.to_string().into(),
        ..Call::default()
    };
    assert_eq!(world.sim.answer(call).await.status, 412);
    pass(20).await;
    assert_eq!(world.get(VNET).await["tags"]["a"], "b");
}

#[tokio::test(start_paused = true)]
async fn what_lags_is_kept_with_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let script = || fault::Script::parse(r#"{"lag": {"resources": 30}}"#).unwrap();
    let open = |faults| World {
        sim: Sim::open(Options {
            state: Some(folder.path().join("sim.json")),
            speed: Speed::Max,
            faults,
            ..Options::default()
        })
        .unwrap(),
    };
    let list = format!("{ALL}/resources");
    let body = json!({"location": "westeurope"});
    open(script()).write("PUT", GROUP, body.clone()).await;
    open(fault::Script::default()).write("PUT", TABLE, body).await;
    assert_eq!(names(&open(fault::Script::default()), &list).await, ["t"]);
    assert!(names(&open(script()), &list).await.is_empty());
}
