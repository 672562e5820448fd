//! What the state file holds, and what it must not.

use std::path::Path;

use super::*;

fn options(path: &Path, speed: Speed) -> Options {
    Options { state: Some(path.to_owned()), speed, ..Options::default() }
}

fn with_secrets() -> Value {
    json!({
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": "c",
            "agentPoolProfiles": [{"name": "p", "mode": "System", "count": 1}],
            "windowsProfile": {"adminUsername": "w", "AdminPassword": "s3cret-one!"},
            "servicePrincipalProfile": {"clientId": "x", "secret": "s3cret-two!"},
            "aadProfile": {"managed": true, "serverAppSecret": "s3cret-three!"},
        },
    })
}

#[tokio::test(start_paused = true)]
async fn what_a_cluster_keeps_secret_is_neither_answered_nor_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    let world = World { sim: Sim::open(options(&path, Speed::Max)).unwrap() };
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let reply = world.write("PUT", CLUSTER, with_secrets()).await;
    let again = world.write("PUT", CLUSTER, with_secrets()).await;
    let shown = world.get(CLUSTER).await;
    assert_eq!(shown["properties"]["windowsProfile"]["adminUsername"], "w");
    assert_eq!(shown["properties"]["servicePrincipalProfile"]["clientId"], "x");
    let all = world.sim.resources().unwrap();
    let stored = std::fs::read_to_string(&path).unwrap();
    for text in
        [format!("{:?}{:?}", reply.body, again.body), shown.to_string(), format!("{all:?}"), stored]
    {
        assert!(!text.contains("s3cret-"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_file_of_before_is_not_shown_and_goes_with_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    let old = json!({
        "schema": 1, "generation": 3, "savedAt": 1, "now": clock::DAWN, "seed": 0, "counter": 9,
        "subscription": SUBSCRIPTION, "operations": [],
        "resources": [
            {"id": GROUP, "kind": provider::GROUP, "made": 1, "place": 1, "body": {
                "id": GROUP, "location": "westeurope", "properties": {}}},
            {"id": CLUSTER, "kind": "Microsoft.ContainerService/managedClusters", "made": 1,
                "place": 2, "body": with_secrets()},
        ],
    });
    std::fs::write(&path, format!("{old}")).unwrap();
    let world = World { sim: Sim::open(options(&path, Speed::Max)).unwrap() };
    let shown = world.get(CLUSTER).await;
    assert_eq!(shown["properties"]["windowsProfile"], json!({"adminUsername": "w"}));
    world.write("PUT", GROUP, json!({"location": "westeurope", "tags": {"a": "b"}})).await;
    assert!(!std::fs::read_to_string(&path).unwrap().contains("s3cret-"));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn the_state_and_what_lies_beside_it_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    // Of before: files that everybody may read, and one that a killed writer left.
    for name in ["sim.json.new", "sim.json.lock"] {
        let left = folder.path().join(name);
        std::fs::write(&left, "").unwrap();
        std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let world = World { sim: Sim::open(options(&path, Speed::Max)).unwrap() };
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    for name in ["sim.json", "sim.json.lock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Starts a cluster at one speed and sees it come up.
async fn cluster_up(path: &Path, speed: Speed, real: u64) -> World {
    let world = World { sim: Sim::open(options(path, speed)).unwrap() };
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let reply = world.call("PUT", CLUSTER, "2025-10-01", with_secrets()).await;
    assert_eq!(reply.status, 201, "{:?}", reply.body);
    tokio::time::advance(Duration::from_secs(real)).await;
    assert_eq!(state(&world, CLUSTER).await, "Succeeded");
    world
}

async fn state(world: &World, path: &str) -> String {
    world.get(path).await["properties"]["provisioningState"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_end_that_was_seen_stays_seen_at_any_speed() {
    let speeds = [Speed::Times(1), Speed::Times(100), Speed::Times(1_000), Speed::Max];
    for first in speeds {
        for second in speeds {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sim.json");
            drop(cluster_up(&path, first, 400).await);
            let world = World { sim: Sim::open(options(&path, second)).unwrap() };
            assert_eq!(state(&world, CLUSTER).await, "Succeeded", "{first:?} {second:?}");
            let gone = world.call("DELETE", GROUP, "2025-04-01", Value::Null).await;
            assert_eq!(gone.status, 202);
            tokio::time::advance(Duration::from_secs(400)).await;
            assert!(world.sim.resources().unwrap().is_empty(), "{first:?} {second:?}");
            drop(world);
            let world = World { sim: Sim::open(options(&path, first)).unwrap() };
            assert!(world.sim.resources().unwrap().is_empty(), "{first:?} {second:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn time_between_two_runs_passes_as_fast_as_the_last_one_let_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    let world = World { sim: Sim::open(options(&path, Speed::Times(100_000))).unwrap() };
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world.call("PUT", CLUSTER, "2025-10-01", with_secrets()).await;
    drop(world);
    // As if it had been written 10 s ago, in which a million seconds passed.
    super::super::store::tests::age(&path, 10_000);
    let slow = World { sim: Sim::open(options(&path, Speed::Times(1))).unwrap() };
    assert_eq!(state(&slow, CLUSTER).await, "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn reading_writes_no_file_where_nothing_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sim.json");
    let world = cluster_up(&path, Speed::Times(100), 10).await;
    let before = std::fs::read(&path).unwrap();
    tokio::time::advance(Duration::from_secs(10)).await;
    world.get(CLUSTER).await;
    world.sim.resources().unwrap();
    let same = World { sim: Sim::open(options(&path, Speed::Times(100))).unwrap() };
    same.get(CLUSTER).await;
    assert!(std::fs::read(&path).unwrap() == before, "the file was written");
}
