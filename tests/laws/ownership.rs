//! Whose it is: what is another's never changes, what is ours goes, whatever lists say.

use std::time::Duration;

use akstool::arm::body::ApiVersion;
use akstool::arm::id::ResourceId;
use akstool::arm::request::Conditions;
use akstool::event::Ending;
use akstool::plan::{Allowance, Refused};
use akstool::profile::schema::{Identity, Profile};
use akstool::sim::fault::Script;
use serde_json::{Value, json};

use super::support::{World, environment, in_virtual_time, profile};

const NETWORK: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups";

fn lagging(lists: &[&str]) -> World {
    let lag: serde_json::Map<String, Value> =
        lists.iter().map(|list| ((*list).to_owned(), json!(900))).collect();
    World::new(Script::parse(&json!({ "lag": lag }).to_string()).expect("the script holds"))
}

fn put(world: &World, id: &str, api: &'static str, body: Value) {
    let id = ResourceId::parse(&format!("{NETWORK}/{id}")).expect("an id");
    world.sim.put(&id, api, body).unwrap_or_else(|error| panic!("{id}: {error}"));
}

fn of<'a>(ids: &'a [String], group: &str) -> Vec<&'a String> {
    let part = format!("/resourcegroups/{group}").to_ascii_lowercase();
    let inside = |id: &&String| {
        let id = id.to_ascii_lowercase();
        id.ends_with(&part) || id.contains(&format!("{part}/"))
    };
    ids.iter().filter(inside).collect()
}

#[test]
fn down_right_after_up_leaves_nothing_whichever_list_lags() {
    let lists = ["resources", "group", "groups", "types"];
    let alone = lists.iter().map(|list| vec![*list]);
    for lags in alone.chain([lists.to_vec()]) {
        in_virtual_time(async {
            let world = lagging(&lags);
            let profile = profile("kubenet");
            world.up(&profile).await;
            let outcome = world.down(&profile).await;
            assert_eq!((outcome.result, outcome.failed), (Ending::Succeeded, vec![]), "{lags:?}");
            assert_eq!(world.ids(), Vec::<String>::new(), "{lags:?}");
        });
    }
}

#[test]
fn an_address_of_another_hand_outlives_the_group_whose_list_does_not_know_it_yet() {
    in_virtual_time(async {
        let world = lagging(&["group", "resources"]);
        let profile = profile("azure-overlay");
        world.up(&profile).await;
        let group = profile.metadata.resource_group_or_default();
        let theirs = format!("{group}/providers/Microsoft.Network/publicIPAddresses/theirs");
        let body = json!({ "location": "westeurope", "sku": { "name": "Standard" },
            "properties": { "publicIPAllocationMethod": "Static" } });
        put(&world, &theirs, "2025-07-01", body);
        world.down(&profile).await;
        let left = world.ids();
        assert_eq!(left.len(), 2, "the group and what stands in it: {left:?}");
        assert!(left.iter().any(|id| id.ends_with("/theirs")), "{left:?}");
    });
}

/// The profile in another group.
fn in_group(mut profile: Profile, group: &str) -> Profile {
    profile.metadata.resource_group = Some(group.to_owned());
    profile
}

#[test]
fn an_environment_is_not_made_a_second_time_and_two_of_one_name_do_not_touch_each_other() {
    in_virtual_time(async {
        let (one, two) =
            (in_group(profile("kubenet"), "rg-a"), in_group(profile("kubenet"), "rg-b"));
        let world = World::new(Script::default());
        world.up(&one).await;
        let plan = world.plan(&two).await;
        assert!(
            matches!(&plan.refusals[0].why, Refused::Elsewhere { groups, .. } if groups == &["rg-a"])
        );
        // No list knows the first yet when the second is made.
        let world = lagging(&["resources", "groups"]);
        world.up(&one).await;
        world.up(&two).await;
        let ids = world.ids();
        let before: Vec<String> = of(&ids, "rg-a").into_iter().cloned().collect();
        assert!(!of(&ids, "rg-b").is_empty());
        world.down(&two).await;
        let after = world.ids();
        assert_eq!(of(&after, "rg-a"), before.iter().collect::<Vec<_>>());
        assert_eq!(of(&after, "rg-b"), Vec::<&String>::new());
        assert!(world.plan(&one).await.is_empty());
    });
}

/// A profile on the network of others, under an identity of others.
fn shared(name: &str) -> Profile {
    let mut profile = profile("existing-vnet");
    name.clone_into(&mut profile.metadata.name);
    let id = format!(
        "{NETWORK}/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared"
    );
    profile.cluster.identity = Some(Identity { id });
    profile
}

fn roles(world: &World) -> Vec<String> {
    let ids = world.ids();
    ids.into_iter().filter(|id| id.to_ascii_lowercase().contains("/roleassignments/")).collect()
}

#[test]
fn a_shared_right_goes_with_the_last_and_those_of_others_stay() {
    in_virtual_time(async {
        let (one, two) = (shared("one"), shared("two"));
        let world = World::new(Script::default()).with_foreign(&one);
        let all = world.sim.resources().expect("the world can be read");
        let principal = all.iter().find_map(|body| body["properties"]["principalId"].as_str());
        let principal = principal.expect("the identity").to_owned();
        // The same role by another hand, where it reaches nothing of ours.
        let role = "providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7";
        let subscription = NETWORK.trim_end_matches("/resourceGroups");
        put(&world, "elsewhere", "2025-04-01", json!({ "location": "westeurope" }));
        let theirs = "elsewhere/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555";
        let body = json!({ "properties": { "principalId": principal, "principalType": "ServicePrincipal",
            "roleDefinitionId": format!("{subscription}/{role}") } });
        put(&world, theirs, "2022-04-01", body);
        let before = world.store();
        assert_eq!(roles(&world).len(), 1);
        world.up(&one).await;
        let given = roles(&world);
        assert!(given.len() > 1);
        world.up(&two).await;
        assert_eq!(roles(&world), given, "nothing is given twice");
        world.down(&one).await;
        assert_eq!(roles(&world), given, "the other one works by it");
        assert!(world.plan(&two).await.is_empty());
        world.down(&two).await;
        assert_eq!(world.store(), before);
    });
}

#[test]
fn of_two_that_go_in_one_run_the_last_takes_a_shared_right() {
    in_virtual_time(async {
        let (one, two) = (shared("one"), shared("two"));
        let world = World::new(Script::default()).with_foreign(&one);
        let before = world.store();
        world.up(&one).await;
        world.up(&two).await;
        assert_ne!(roles(&world), Vec::<String>::new());
        world.down_together([&one, &two]).await;
        assert_eq!(world.store(), before);
    });
}

#[test]
fn a_right_that_is_left_is_named_by_every_plan_until_it_goes() {
    in_virtual_time(async {
        let less = profile("existing-vnet");
        let mut whole = less.clone();
        let network = &mut whole.network;
        let mut other = network.subnets["nodes"].clone();
        other.id = other.id.map(|id| format!("{id}-more"));
        network.subnets.insert("more".to_owned(), other);
        let mut pool = whole.pools[0].clone();
        (pool.name, pool.mode, pool.subnet) = ("more".to_owned(), None, Some("more".to_owned()));
        whole.pools.push(pool);
        let world = World::new(Script::default()).with_foreign(&whole);
        world.up(&whole).await;
        let given = roles(&world).len();
        world.up(&less).await;
        let cluster = environment(&less)
            .group
            .resource("Microsoft.ContainerService/managedClusters", less.cluster_name());
        let pool = cluster.child("agentPools", "more");
        // Once another hand took the pool, nothing else tells of the subnet.
        let api = ApiVersion::new("2025-10-01");
        world.arm.delete(&pool, &api, Conditions::None).await.expect("it stands");
        tokio::time::sleep(Duration::from_hours(1)).await;
        for _ in 0..2 {
            let plan = world.plan(&less).await;
            let said = json!(plan.attention).to_string();
            assert!(said.contains("for `existing-vnet-identity` on `aks-more`"), "{said}");
            world.apply(&plan).await;
        }
        assert_eq!(roles(&world).len(), given);
        let prunes = Allowance { prune: true, ..Allowance::default() };
        let plan = world.plan_allowing(&less, &prunes).await;
        world.apply(&plan).await;
        assert_eq!(roles(&world).len(), given - 1);
        assert!(world.plan(&less).await.is_empty());
        assert_eq!(world.plan(&less).await.attention, []);
    });
}

#[test]
fn what_was_taken_out_of_the_profile_goes_with_down_and_what_is_named_alike_stays() {
    in_virtual_time(async {
        let mut whole = profile("hub-spoke");
        let world = World::new(Script::default()).with_foreign(&whole);
        let hub = whole.network.peerings[0].vnet.id.clone();
        let name = &whole.network.peerings[0].name;
        // Named as ours would be, and leading elsewhere.
        let third = "network-of-others/providers/Microsoft.Network/virtualNetworks/third";
        put(&world, "network-of-others", "2025-04-01", json!({ "location": "westeurope" }));
        put(
            &world,
            third,
            "2025-07-01",
            json!({ "location": "westeurope",
            "properties": { "addressSpace": { "addressPrefixes": ["10.250.0.0/16"] } } }),
        );
        let half = ResourceId::parse(&hub)
            .expect("an id")
            .child("virtualNetworkPeerings", &format!("{}-{name}x", whole.metadata.name));
        let body = json!({ "properties": { "allowVirtualNetworkAccess": true,
            "remoteVirtualNetwork": { "id": format!("{NETWORK}/{third}") } } });
        world.sim.put(&half, "2025-07-01", body).expect("another hand's");
        let before = world.store();
        world.up(&whole).await;
        whole.network.peerings.clear();
        let plan = world.plan(&whole).await;
        let said = json!(plan.attention).to_string();
        assert!(said.contains("peering"), "{said}");
        world.up(&whole).await;
        world.down(&whole).await;
        assert_eq!(world.store(), before);
    });
}
