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
            {"id": GROUP, "kind": nature::GROUP, "made": 1, "place": 1, "body": {
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
