//! Random worlds: whatever an environment is made of, whoever stands beside it and whatever another
//! hand does meanwhile, everything of ours goes, nothing of others changes, or a plan says what
//! stays.
//!
//! `AKSTOOL_WORLDS` says how many worlds each of these laws and their siblings draws.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use akstool::apply::Stop;
use akstool::arm::id::ResourceId;
use akstool::event::Event;
use akstool::plan::{Action, Allowance, Plan};
use akstool::profile::schema::Profile;
use akstool::sim::fault::Script;
use akstool::sim::{Call, SUBSCRIPTION, Sim};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::draft::{Draft, drafts, theirs, wide_drafts};
use super::revoking::{holder_of, revokes_in_order};
use super::support::{World, config, in_virtual_time};

const VERSIONS: [(&str, &str); 4] = [
    ("Microsoft.ContainerService/", "2025-10-01"),
    ("Microsoft.ManagedIdentity/", "2024-11-30"),
    ("Microsoft.Authorization/", "2022-04-01"),
    ("Microsoft.Network/", "2025-07-01"),
];

/// What another hand places or does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deed {
    /// An address in our group.
    Address,
    /// A network in our group.
    Network,
    /// A subnet in our network.
    Subnet,
    /// A right of our identity, elsewhere.
    Grant,
    /// Tags the n-th resource.
    Tag(usize),
    /// Gives the n-th resource to another environment.
    Own(usize),
    /// Deletes the n-th resource.
    Delete(usize),
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Address),
        Just(Deed::Network),
        Just(Deed::Subnet),
        Just(Deed::Grant),
        any::<usize>().prop_map(Deed::Tag),
        any::<usize>().prop_map(Deed::Own),
        any::<usize>().prop_map(Deed::Delete),
    ]
}

/// When he does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Run {
    Up,
    Change,
    Down,
}

fn text<'a>(body: &'a Value, place: &str) -> &'a str {
    body.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn version(id: &ResourceId) -> &'static str {
    let kind = id.resource_type();
    let known = VERSIONS.iter().find(|(provider, _)| kind.starts_with(provider));
    known.map_or("2025-04-01", |(_, version)| version)
}

/// What stands in a group and can be somebody's own: what names the resource that Azure made it a
/// part of, as an endpoint's interface does, can be tagged, yet goes with that whoever it is told of.
fn inside(sim: &Sim, group: &str) -> Vec<(ResourceId, Value)> {
    let group = ResourceId::resource_group(SUBSCRIPTION, group);
    let is_part = |body: &Value| {
        ["/managedBy", "/properties/privateEndpoint/id"].iter().any(|at| body.pointer(at).is_some())
    };
    let all = sim.resources().expect("the world can be read").into_iter();
    // A right lies on the group and carries no tags by which it could be somebody's.
    let is_right = |body: &Value| text(body, "/id").contains("/Microsoft.Authorization/");
    let all = all.filter(|body| !is_part(body) && !is_right(body));
    let all = all.filter_map(|body| Some((ResourceId::parse(text(&body, "/id")).ok()?, body)));
    all.filter(|(id, _)| id.parent().as_ref() == Some(&group)).collect()
}

/// Places something of another hand and returns its id, where Azure takes it.
fn put(sim: &Sim, id: &str, body: Value) -> Option<ResourceId> {
    let id = ResourceId::parse(id).expect("an id");
    sim.put(&id, version(&id), body).ok()?;
    Some(id)
}

fn network(range: &str) -> Value {
    json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": [range] } } })
}

impl Deed {
    /// Does it; returns what must stand from now on, and with which tags.
    pub(super) fn act(self, sim: &Sim, group: &str, octet: u8) -> Option<(ResourceId, Value)> {
        let home = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers");
        let ours = inside(sim, group);
        let of = |kind: &str| ours.iter().find(|(id, _)| id.is_type(kind));
        let nth = |at: usize| ours.get(at % ours.len().max(1)).cloned();
        let placed = |id: &str, body: Value| put(sim, id, body).map(|id| (id, Value::Null));
        match self {
            Self::Address => placed(
                &format!("{home}/Microsoft.Network/publicIPAddresses/theirs"),
                json!({ "location": "westeurope", "sku": { "name": "Standard" },
                    "properties": { "publicIPAllocationMethod": "Static" } }),
            ),
            Self::Network => placed(
                &format!("{home}/Microsoft.Network/virtualNetworks/theirs"),
                network("10.250.0.0/16"),
            ),
            Self::Subnet => {
                let (id, _) = of("Microsoft.Network/virtualNetworks")?;
                let range = format!("10.{octet}.250.0/28");
                placed(
                    &format!("{id}/subnets/theirs"),
                    json!({ "properties": { "addressPrefix": range } }),
                )
            }
            Self::Grant => {
                let (_, body) = of("Microsoft.ManagedIdentity/userAssignedIdentities")?;
                let scope = theirs("Microsoft.Network/virtualNetworks", "aside");
                placed(
                    &format!(
                        "{scope}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555"
                    ),
                    json!({ "properties": { "principalId": text(body, "/properties/principalId"),
                        "principalType": "ServicePrincipal", "roleDefinitionId": format!(
                        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7") } }),
                )
            }
            Self::Tag(at) | Self::Own(at) => {
                let (id, mut body) = nth(at)?;
                let gives = matches!(self, Self::Own(_));
                let name = if gives { "akstool-environment" } else { "theirs" };
                body["tags"][name] = json!("someone-else");
                put(sim, id.as_str(), body.clone())?;
                gives.then(|| (id, json!({ name: "someone-else" })))
            }
            Self::Delete(at) => {
                let (id, body) = nth(at)?;
                // What he takes from himself is not ours to keep.
                if id.name() == "theirs" || body.to_string().contains("/subnets/theirs") {
                    return None;
                }
                let path = format!("{id}?api-version={}", version(&id));
                let call = Call { method: "DELETE".to_owned(), path, ..Call::default() };
                let sim = sim.clone();
                tokio::spawn(async move { sim.answer(call).await });
                None
            }
        }
    }
}

/// A plan without refusals is carried out, with another hand at one of its events.
async fn run(
    world: &World,
    plan: &Plan,
    rival: Option<(Deed, usize)>,
    at: (&'static str, u8),
) -> Option<(ResourceId, Value)> {
    let (_go, stop) = watch::channel(Stop::Go);
    let heard = AtomicUsize::new(0);
    let sim = world.sim.clone();
    let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
    let note = std::sync::Arc::clone(&kept);
    let witness = move |_: &Event| {
        let Some((deed, moment)) = rival else { return };
        if heard.fetch_add(1, Ordering::SeqCst) == moment {
            *note.lock().expect("nobody panics with it") = deed.act(&sim, at.0, at.1);
        }
    };
    world.apply_until(plan, stop, witness).await;
    kept.lock().expect("nobody panics with it").take()
}

/// Brings an environment to what a profile says, as often as it takes; tells whether it got there.
async fn settle(world: &World, profile: &Profile, prune: bool) -> bool {
    let allowance = Allowance { prune, ..Allowance::default() };
    for _ in 0..4 {
        let plan = world.plan_allowing(profile, &allowance).await;
        if !plan.refusals.is_empty() {
            return false;
        }
        if plan.is_empty() {
            return true;
        }
        world.apply(&plan).await;
    }
    world.plan_allowing(profile, &allowance).await.is_empty()
}

/// Checks that all that stands is another hand's, or that the plan of `down` says why it stays.
pub(super) async fn is_explained(
    world: &World,
    profile: &Profile,
    theirs: &BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let plan = world.plan_down(profile).await;
    let kept: Vec<&ResourceId> = plan
        .steps
        .iter()
        .filter(|(_, step)| step.action == Action::Keep && !step.reasons.is_empty())
        .map(|(_, step)| &step.id)
        .collect();
    let said = json!(plan.attention).to_string().to_ascii_lowercase();
    prop_assert!(
        plan.steps.iter().all(|(_, step)| step.action == Action::Keep),
        "something goes still: {}",
        json!(plan.report())
    );
    for id in world.ids() {
        let known = ResourceId::parse(&id).expect("an id");
        let ours = !theirs.iter().any(|other| other.eq_ignore_ascii_case(&id));
        // A sentence that ends with a group is about all that lies in it, as that of a cluster's nodes.
        let group = known.group().map(|group| format!("{group}\"").to_ascii_lowercase());
        // A right is its holder's: who is told of an identity that stays knows what it holds.
        let holder = holder_of(world, &id).is_some_and(|id| said.contains(&id));
        let named = said.contains(&id.to_ascii_lowercase())
            || holder
            || group.is_some_and(|group| said.contains(&group))
            || kept.iter().any(|one| known == **one || known.is_under(one));
        prop_assert!(!ours || named, "{id} stays and nobody says so: {}", json!(plan.report()));
    }
    Ok(())
}

pub(super) fn ids(store: &[Value]) -> BTreeSet<String> {
    store.iter().map(|body| text(body, "/id").to_owned()).collect()
}

/// What others had before is as it was.
pub(super) fn untouched(before: &[Value], after: &[Value]) -> Result<(), TestCaseError> {
    for body in before {
        let now = after.iter().find(|one| one["id"] == body["id"]);
        prop_assert_eq!(now, Some(body));
    }
    Ok(())
}

pub(super) fn stands(world: &World, (id, tags): &(ResourceId, Value)) -> Result<(), TestCaseError> {
    let all = world.sim.resources().expect("the world can be read");
    let found = all.iter().find(|body| id.as_str().eq_ignore_ascii_case(text(body, "/id")));
    prop_assert!(found.is_some(), "{} of another hand is gone", id);
    for (name, value) in tags.as_object().into_iter().flatten() {
        prop_assert_eq!(&found.unwrap_or(&Value::Null)["tags"][name], value, "{}", id);
    }
    Ok(())
}

/// A world in which the network team has a network aside.
pub(super) fn begun(profiles: &[&Profile]) -> World {
    begun_in(World::new(Script::default()), profiles)
}

/// The same in a world that may make trouble.
pub(super) fn begun_in(world: World, profiles: &[&Profile]) -> World {
    let world = with_all(world, profiles);
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/network");
    put(&world.sim, &group, json!({ "location": "westeurope" })).expect("a group");
    let aside = theirs("Microsoft.Network/virtualNetworks", "aside");
    put(&world.sim, &aside, network("10.251.0.0/16")).expect("a network");
    world
}

#[derive(Clone, Debug)]
pub(super) struct Alone {
    pub(super) draft: Draft,
    pub(super) prune: bool,
    pub(super) placed: Vec<Deed>,
    pub(super) rival: Option<(Run, Deed, usize)>,
}

fn alone(drafts: impl Strategy<Value = Draft>) -> impl Strategy<Value = Alone> {
    let placed = prop::sample::subsequence(
        vec![Deed::Address, Deed::Network, Deed::Subnet, Deed::Grant],
        0..3,
    );
    let runs = prop::sample::select(vec![Run::Up, Run::Change, Run::Down]);
    let rival = prop::option::of((runs, deeds(), 0_usize..30));
    (drafts, any::<bool>(), placed, rival).prop_map(|(draft, prune, placed, rival)| Alone {
        draft,
        prune,
        placed,
        rival,
    })
}

pub(super) const HOME: (&str, u8) = ("home", 30);

pub(super) async fn life_of_one(drawn: Alone) -> Result<(), TestCaseError> {
    let (whole, less) =
        (drawn.draft.whole("demo", HOME.0, HOME.1), drawn.draft.less("demo", HOME.0, HOME.1));
    let world = begun(&[&whole, &less]);
    let before = world.store();
    let rival = |run: Run| {
        drawn.rival.filter(|(when, ..)| *when == run).map(|(_, deed, moment)| (deed, moment))
    };
    let mut standing: Vec<(ResourceId, Value)> = Vec::new();
    let plan = world.plan(&whole).await;
    prop_assert_eq!(&plan.refusals, &[]);
    standing.extend(run(&world, &plan, rival(Run::Up), HOME).await);
    let came_up = settle(&world, &whole, false).await;
    prop_assert!(
        came_up || rival(Run::Up).is_some(),
        "{}",
        json!(world.plan(&whole).await.report())
    );
    standing.extend(drawn.placed.iter().filter_map(|deed| deed.act(&world.sim, HOME.0, HOME.1)));
    let allowance = Allowance { prune: drawn.prune, ..Allowance::default() };
    let plan = world.plan_allowing(&less, &allowance).await;
    if plan.refusals.is_empty() {
        revokes_in_order(&world, &plan)?;
        standing.extend(run(&world, &plan, rival(Run::Change), HOME).await);
        settle(&world, &less, drawn.prune).await;
    }
    for one in &standing {
        stands(&world, one)?;
    }
    let plan = world.plan_down(&less).await;
    revokes_in_order(&world, &plan)?;
    standing.extend(run(&world, &plan, rival(Run::Down), HOME).await);
    world.down(&less).await;
    for one in &standing {
        stands(&world, one)?;
    }
    let theirs: BTreeSet<String> =
        ids(&before).into_iter().chain(standing.iter().map(|(id, _)| id.to_string())).collect();
    if standing.is_empty() {
        prop_assert_eq!(ids(&world.store()), theirs);
        return untouched(&before, &world.store());
    }
    is_explained(&world, &less, &theirs).await
}

/// How a second environment stands to the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Beside {
    /// Another name in another group.
    Apart,
    /// Another name in the same group.
    Together,
    /// The same name in another group, made while no list knew the first.
    Namesake,
    /// On the subnet of the first.
    Guest,
}

fn guest(of: &Profile) -> Option<Profile> {
    use akstool::kind::{Ownership, Resource};
    let graph = super::support::graph(of);
    let is = |one: &&Resource| one.kind.ends_with("/subnets") && one.id.name() == "nodes";
    let subnet = graph.iter().map(|(_, one)| one).find(is)?;
    if subnet.ownership == Ownership::Existing {
        return None;
    }
    let mut profile = super::support::profile("existing-vnet");
    "other".clone_into(&mut profile.metadata.name);
    profile.network.vnet.as_mut()?.id = Some(subnet.id.parent()?.to_string());
    profile.network.subnets.get_mut("nodes")?.id = Some(subnet.id.to_string());
    Some(profile)
}

pub(super) async fn lives_of_two(
    one: Draft,
    two: Draft,
    beside: Beside,
    (prune, together): (bool, bool),
) -> Result<(), TestCaseError> {
    let first = one.whole("demo", HOME.0, HOME.1);
    let less = one.less("demo", HOME.0, HOME.1);
    let second = match beside {
        Beside::Apart => Some(two.whole("other", "away", 31)),
        Beside::Together => Some(two.whole("other", HOME.0, 31)),
        Beside::Namesake => Some(two.whole("demo", "away", 31)),
        Beside::Guest => guest(&first),
    };
    let Some(second) = second else { return Ok(()) };
    let known =
        if beside == Beside::Guest { vec![&first, &less] } else { vec![&first, &less, &second] };
    let world = if beside == Beside::Namesake { lagging(&known) } else { begun(&known) };
    let before = world.store();
    prop_assert!(settle(&world, &first, false).await, "the first comes up");
    let alone = world.store();
    let is_two = settle(&world, &second, false).await;
    if !is_two {
        // Refused by the plan, or by Azure: two kubenet clusters share no route table.
        world.down(&second).await;
        prop_assert_eq!(ids(&world.store()), ids(&alone));
        return untouched(&alone, &world.store());
    }
    prop_assert!(
        world.plan(&first).await.is_empty(),
        "{}",
        json!(world.plan(&first).await.report())
    );
    settle(&world, &less, prune).await;
    let plan = world.plan(&second).await;
    prop_assert!(asks_for_rights_at_most(&plan), "{}", json!(plan.report()));
    settle(&world, &second, false).await;
    if together {
        world.down_together([&less, &second]).await;
        // Lists that know nothing name no guest either.
        prop_assert!(beside == Beside::Namesake || ids(&world.store()) == ids(&before));
    } else {
        world.down(&less).await;
        let rest = world.plan(&second).await;
        prop_assert!(rest.is_empty(), "{}", json!(rest.report()));
    }
    world.down(&second).await;
    world.down(&less).await;
    prop_assert_eq!(ids(&world.store()), ids(&before));
    untouched(&before, &world.store())
}

/// Tells whether all that a plan does is to ask for rights, or to remember those that are needless
/// by now: what the host attaches to the subnet that both stand on, the guest's cluster must be
/// allowed to join, and what the host takes away from it no more.
fn asks_for_rights_at_most(plan: &Plan) -> bool {
    plan.steps.iter().all(|(_, step)| {
        let remembers = || step.deltas.iter().all(|one| one.path == "tags.akstool-grants");
        step.action == Action::Keep
            || step.kind == "Microsoft.Authorization/roleAssignments"
            || step.action == Action::Update && remembers()
    })
}

/// The same world, whose lists by tag come to know nothing in time.
fn lagging(known: &[&Profile]) -> World {
    let script = json!({ "lag": { "resources": 3_600, "groups": 3_600 } }).to_string();
    begun_in(World::new(Script::parse(&script).expect("a script")), known)
}

/// Places what the profiles name; a subnet that one of them has with a table first, as AKS would
/// attach a table of its own to a bare one.
fn with_all(world: World, profiles: &[&Profile]) -> World {
    let (tabled, bare): (Vec<&Profile>, Vec<&Profile>) = profiles
        .iter()
        .partition(|one| one.network.route_table.as_ref().is_some_and(|table| table.id.is_some()));
    tabled.into_iter().chain(bare).fold(world, World::with_foreign)
}

proptest! {
    #![proptest_config(config("AKSTOOL_WORLDS", 2_026, 16))]

    #[test]
    fn everything_of_ours_goes_and_nothing_of_others_changes(drawn in alone(drafts())) {
        in_virtual_time(life_of_one(drawn))?;
    }

    #[test]
    fn two_environments_leave_each_other_alone(
        one in drafts(),
        two in drafts(),
        beside in prop::sample::select(
            vec![Beside::Apart, Beside::Together, Beside::Namesake, Beside::Guest]),
        how in any::<(bool, bool)>(),
    ) {
        in_virtual_time(lives_of_two(one, two, beside, how))?;
    }

    #[test]
    fn whatever_a_whole_cluster_has_goes_and_nothing_of_others_changes(
        drawn in alone(wide_drafts()),
    ) {
        in_virtual_time(life_of_one(drawn))?;
    }

    #[test]
    fn two_whole_clusters_leave_each_other_alone(
        one in wide_drafts(),
        two in wide_drafts(),
        beside in prop::sample::select(
            vec![Beside::Apart, Beside::Together, Beside::Namesake, Beside::Guest]),
        how in any::<(bool, bool)>(),
    ) {
        in_virtual_time(lives_of_two(one, two, beside, how))?;
    }
}
