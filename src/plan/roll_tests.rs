//! What lists tell, put together.

use serde_json::json;
use time::macros::datetime;

use super::*;

const SUB: &str = "/subscriptions/s/resourceGroups";

#[expect(clippy::needless_pass_by_value, reason = "tags are written where they are used")]
fn group(name: &str, tags: Value) -> Value {
    json!({ "id": format!("{SUB}/{name}"), "tags": tags, "location": "westeurope",
            "properties": { "provisioningState": "Succeeded" } })
}

#[expect(clippy::needless_pass_by_value, reason = "tags are written where they are used")]
fn cluster(group: &str, name: &str, state: &str, tags: Value) -> Value {
    json!({
        "id": format!("{SUB}/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"),
        "tags": tags,
        "systemData": { "createdAt": "2026-01-02T03:04:05Z", "createdBy": "ann@example.com" },
        "properties": {
            "provisioningState": state,
            "agentPoolProfiles": [{ "name": "system", "count": 2, "vmSize": "Standard_D2s_v5" }]
        }
    })
}

fn nodes(name: &str, of: &str, tags: Value) -> Value {
    let mut group = group(name, tags);
    let id = format!("{SUB}/{of}/providers/Microsoft.ContainerService/managedClusters/{of}");
    group["managedBy"] = json!(id);
    group
}

fn one(rows: &[Value]) -> Sighting {
    let mut all = roll(rows, &Aliases::default(), time::Duration::ZERO);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn named(name: &str) -> Value {
    json!({ "akstool-environment": name })
}

#[test]
fn an_environment_is_told_as_a_whole() {
    let tags = json!({ "akstool-environment": "demo", "akstool-expires": "2026-01-03T00:00:00Z",
        "akstool-run": "https://ci/1", "akstool-version": "0.1.0" });
    let rows = [
        group("demo", tags.clone()),
        cluster("demo", "demo", "Succeeded", tags.clone()),
        nodes("MC_demo", "demo", tags),
    ];
    let seen = one(&rows);
    assert_eq!((seen.standing, seen.nodes, seen.cores), (Standing::Whole, 2, Some(4)));
    assert_eq!(seen.expiry.at(), Some(datetime!(2026-01-03 0:00 UTC)));
    assert_eq!(seen.made, Some(datetime!(2026-01-02 3:04:05 UTC)));
    assert_eq!(seen.owner.as_deref(), Some("ann@example.com"));
    assert_eq!(seen.run.as_deref(), Some("https://ci/1"));
    assert!(seen.orphans.is_empty());
}

#[test]
fn the_states_are_told_apart() {
    let whole =
        |state| one(&[group("demo", named("demo")), cluster("demo", "demo", state, named("demo"))]);
    assert_eq!(whole("Failed").standing, Standing::Failed);
    assert_eq!(whole("Deleting").standing, Standing::Going);
    assert_eq!(whole("Creating").standing, Standing::HalfMade);
    let busy = whole("Upgrading");
    assert_eq!((busy.standing, busy.phase.as_deref()), (Standing::Whole, Some("Upgrading")));
    assert_eq!(one(&[group("demo", named("demo"))]).standing, Standing::HalfMade);
    let mut going = group("demo", named("demo"));
    going["properties"]["provisioningState"] = json!("Deleting");
    assert_eq!(one(&[going]).standing, Standing::Going);
    let torn = json!({ "akstool-environment": "demo", "akstool-teardown": "2026-01-03T00:00:00Z" });
    assert_eq!(one(&[group("demo", torn)]).standing, Standing::Failed);
}

#[test]
fn nodes_without_their_cluster_are_an_orphan_of_its_environment() {
    let orphan = one(&[nodes("MC_demo", "demo", named("demo"))]);
    assert_eq!((orphan.standing, orphan.orphans.len()), (Standing::Orphan, 1));
    assert_eq!(orphan.environment.group.name(), "demo");
    let half = one(&[group("demo", named("demo")), nodes("MC_demo", "demo", named("demo"))]);
    assert_eq!((half.standing, half.orphans.len()), (Standing::HalfMade, 1));
}

#[test]
fn what_lies_in_a_managed_group_is_no_environment() {
    let disk = json!({ "id": format!("{SUB}/MC_demo/providers/Microsoft.Compute/disks/pv"), "tags": named("demo") });
    let rows = [
        group("demo", named("demo")),
        cluster("demo", "demo", "Succeeded", named("demo")),
        nodes("MC_demo", "demo", named("demo")),
        disk,
    ];
    assert_eq!(one(&rows).standing, Standing::Whole);
}

#[test]
fn one_name_in_two_groups_and_two_names_in_one_are_as_many_environments() {
    let rows = [
        cluster("team", "a", "Succeeded", named("a")),
        cluster("team", "b", "Succeeded", named("b")),
        group("other", named("a")),
    ];
    let all = roll(&rows, &Aliases::default(), time::Duration::ZERO);
    let told: Vec<String> = all
        .iter()
        .map(|one| format!("{}/{}", one.environment.group.name(), one.environment.name))
        .collect();
    assert_eq!(told, ["other/a", "team/a", "team/b"]);
}
