//! Names of pools that take over, and which pool stands for which.

use serde_json::json;

use super::*;
use crate::compose::link;
use crate::plan::Observation;

fn cluster() -> ResourceId {
    ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c")
}

fn environment() -> Environment {
    Environment::new("s", "g", "c")
}

/// A wish for pools of a size each.
fn desired(pools: &[(&str, &str)]) -> Graph<Resource> {
    let one = |(name, size): &(&str, &str)| {
        let mut pool = Resource::existing::<AgentPool>(cluster().child("agentPools", name));
        pool.ownership = Ownership::Named;
        pool.rules = crate::kind::rules_of(AgentPool::TYPE).unwrap_or_default();
        pool.body.set("properties.vmSize", json!(size));
        pool
    };
    let own = Resource::existing::<Cluster>(cluster());
    link([own].into_iter().chain(pools.iter().map(one)).collect())
}

/// Pools that stand: name, size, the pool that the tag names, state.
fn observed(pools: &[(&str, &str, Option<&str>, &str)]) -> Observed {
    let one = |(name, size, says, state): &(&str, &str, Option<&str>, &str)| {
        let mut tags = json!({ ENVIRONMENT: "c" });
        if let Some(says) = says {
            tags[POOL] = json!(says);
        }
        json!({ "name": name, "vmSize": size, "tags": tags, "provisioningState": state })
    };
    let list: Vec<Value> = pools.iter().map(one).collect();
    let mut observed = Observed::default();
    let body = json!({ "properties": { "agentPoolProfiles": list } });
    observed.resources.insert(cluster(), Observation::Present(body));
    observed
}

fn bearer(stand: &[(&str, &str, Option<&str>, &str)]) -> (String, Vec<String>) {
    let mut observed = observed(stand);
    let names = pool_names(&environment(), &desired(&[("user", "D4")]), &mut observed);
    let left = observed.left.into_values().flatten();
    (names["user"].clone(), left.map(|one| one.id.name().to_owned()).collect())
}

#[test]
fn a_pool_is_known_by_its_name_and_by_the_tag_that_names_it() {
    let user = Some("user");
    let is = |stand: &[_], name: &str, left: &[&str]| {
        let left: Vec<String> = left.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(bearer(stand), (name.to_owned(), left));
    };
    is(&[], "user", &[]);
    is(&[("user", "D2", None, "Succeeded")], "user", &[]);
    is(&[("user2", "D4", user, "Succeeded")], "user2", &[]);
    // Half-way: the one that fits has taken over, whatever became of it.
    is(&[("user", "D2", None, "Succeeded"), ("user2", "D4", user, "Creating")], "user2", &["user"]);
    is(&[("user", "D2", None, "Succeeded"), ("user2", "D4", user, "Failed")], "user2", &["user"]);
    // Given up: the old one fits again.
    is(
        &[("user", "D4", None, "Succeeded"), ("user2", "D2", user, "Succeeded")],
        "user",
        &["user2"],
    );
    // Neither fits: the one that is well.
    is(&[("user", "D2", None, "Succeeded"), ("user2", "D3", user, "Failed")], "user", &["user2"]);
    // Both fit: the later one has the work.
    is(
        &[("user", "D4", None, "Succeeded"), ("user2", "D4", user, "Succeeded")],
        "user2",
        &["user"],
    );
    // One that goes stands for nothing.
    is(&[("user", "D2", None, "Succeeded"), ("user2", "D4", user, "Deleting")], "user", &["user2"]);
    // What is another pool's is not this one.
    is(&[("more", "D4", Some("other"), "Succeeded")], "user", &[]);
}

#[test]
fn a_tag_of_another_environment_says_nothing() {
    let mut observed = observed(&[("user2", "D4", Some("user"), "Succeeded")]);
    let other = Environment::new("s", "g", "else");
    let names = pool_names(&other, &desired(&[("user", "D4")]), &mut observed);
    assert_eq!(names["user"], "user");
}

#[test]
fn a_pool_whose_name_another_goes_by_gets_the_next() {
    let mut observed = observed(&[("user2", "D4", Some("user"), "Succeeded")]);
    let wish = desired(&[("user", "D4"), ("user2", "D4")]);
    let names = pool_names(&environment(), &wish, &mut observed);
    assert_eq!((&*names["user"], &*names["user2"]), ("user2", "user2r2"));
}

#[test]
fn names_keep_to_what_azure_takes() {
    let taken = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let next = |pool, proposed: &[&str], windows, held: &[&str]| {
        free_name(pool, proposed, windows, &taken(held))
    };
    assert_eq!(next("user", &["user"], false, &["user"]), "user2");
    assert_eq!(next("user", &["user"], false, &["user2"]), "user", "back to its own");
    assert_eq!(next("user", &["user", "blue"], false, &["user"]), "blue");
    assert_eq!(next("user", &["user"], false, &["user", "user2", "user3"]), "user4");
    assert_eq!(next("pool1", &[], false, &["pool1"]), "pool1r2");
    assert_eq!(next("abcdefghijkl", &[], false, &[]), "abcdefghijk2");
    assert_eq!(next("win123", &[], true, &[]), "win1r2");
    let all: Vec<String> = (2..10).map(|n| format!("abcdefghijk{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(next("abcdefghijkl", &[], false, &all), "abcdefghij10");
}
