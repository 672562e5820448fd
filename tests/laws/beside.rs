//! Another hand in what stands around a cluster, while it is made, changed and taken down: peerings,
//! rules, a gateway's addresses, the cluster's identity, locks.

use akstool::arm::id::ResourceId;
use akstool::plan::Plan;
use akstool::profile::schema::Profile;
use akstool::sim::{SUBSCRIPTION, Sim};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::draft::{Draft, Part, theirs};
use super::rivals::{found, with_hand};
use super::support::{World, config, in_virtual_time};
use super::worlds::begun;

const THEIRS: &str = "theirs";

/// What another hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hand {
    /// Peers our network with another one.
    Peering,
    /// Adds a rule to our security group.
    Rule,
    /// Gives our gateway an address of his.
    Address,
    /// Has the cluster act as an identity of his.
    Identity,
    /// Forbids that the cluster is deleted.
    Lock,
    /// Forbids that anything in the group is written.
    ReadOnly,
    /// Takes back a right that we gave.
    Grant,
}

const HANDS: [Hand; 7] = [
    Hand::Peering,
    Hand::Rule,
    Hand::Address,
    Hand::Identity,
    Hand::Lock,
    Hand::ReadOnly,
    Hand::Grant,
];

fn group() -> ResourceId {
    ResourceId::resource_group(SUBSCRIPTION, "home")
}

fn ours(kind: &str, name: &str) -> ResourceId {
    group().resource(kind, name)
}

fn lock_on(id: &ResourceId) -> ResourceId {
    id.resource("Microsoft.Authorization/locks", THEIRS)
}

fn peering() -> ResourceId {
    ours("Microsoft.Network/virtualNetworks", "demo-vnet").child("virtualNetworkPeerings", THEIRS)
}

fn rules() -> ResourceId {
    ours("Microsoft.Network/networkSecurityGroups", "demo-nsg")
}

fn gateway() -> ResourceId {
    ours("Microsoft.Network/natGateways", "demo-natgw")
}

fn cluster() -> ResourceId {
    ours("Microsoft.ContainerService/managedClusters", "demo")
}

fn place(sim: &Sim, id: &str, api: &'static str, body: Value) -> Option<()> {
    sim.put(&ResourceId::parse(id).expect("an id"), api, body).ok().map(drop)
}

/// Gives his identity what a cluster's needs, everywhere.
fn rights(sim: &Sim, identity: &str) -> Option<()> {
    let body = found(sim, &ResourceId::parse(identity).expect("an id"))?;
    let whole = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization");
    let contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    let grant = json!({ "properties": { "principalType": "ServicePrincipal",
        "principalId": body["properties"]["principalId"],
        "roleDefinitionId": format!("{whole}/roleDefinitions/{contributor}") } });
    let id = format!("{whole}/roleAssignments/22222222-2222-3333-4444-555555555555");
    place(sim, &id, "2022-04-01", grant)
}

fn items<'a>(body: &'a mut Value, list: &str) -> Option<&'a mut Vec<Value>> {
    body["properties"][list].as_array_mut()
}

impl Hand {
    /// Does it, where it can be done now.
    fn act(self, sim: &Sim) -> Option<()> {
        let network = "2025-07-01";
        match self {
            Self::Peering => {
                let aside = theirs("Microsoft.Network/virtualNetworks", "aside");
                let body = json!({ "properties": { "allowVirtualNetworkAccess": true,
                    "remoteVirtualNetwork": { "id": aside } } });
                place(sim, peering().as_str(), network, body)
            }
            Self::Rule => {
                let mut body = found(sim, &rules())?;
                let rule = json!({ "name": THEIRS, "properties": { "priority": 3000,
                    "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
                    "sourcePortRange": "*", "destinationPortRange": "22",
                    "sourceAddressPrefix": "10.99.0.0/16", "destinationAddressPrefix": "*" } });
                items(&mut body, "securityRules")?.push(rule);
                place(sim, rules().as_str(), network, body)
            }
            Self::Address => {
                let mut body = found(sim, &gateway())?;
                let id = theirs("Microsoft.Network/publicIPAddresses", THEIRS);
                let address = json!({ "location": "westeurope", "sku": { "name": "Standard" },
                    "properties": { "publicIPAllocationMethod": "Static" } });
                place(sim, &id, network, address)?;
                items(&mut body, "publicIpAddresses")?.push(json!({ "id": id }));
                place(sim, gateway().as_str(), network, body)
            }
            Self::Identity => {
                let mut body = found(sim, &cluster())?;
                let id = theirs("Microsoft.ManagedIdentity/userAssignedIdentities", THEIRS);
                place(sim, &id, "2024-11-30", json!({ "location": "westeurope" }))?;
                rights(sim, &id)?;
                body["identity"] = json!({ "type": "UserAssigned",
                    "userAssignedIdentities": { id: {} } });
                place(sim, cluster().as_str(), "2025-10-01", body)
            }
            Self::Lock | Self::ReadOnly => {
                let (scope, level) = match self {
                    Self::Lock => (cluster(), "CanNotDelete"),
                    _ => (group(), "ReadOnly"),
                };
                // What goes already takes a lock along.
                let stands = found(sim, &scope)?;
                (stands["properties"]["provisioningState"] != "Deleting").then_some(())?;
                let body = json!({ "properties": { "level": level } });
                place(sim, lock_on(&scope).as_str(), "2020-05-01", body)
            }
            Self::Grant => {
                let all = sim.resources().ok()?;
                let is = |id: &&str| id.contains("/roleAssignments/") && id.contains("/home/");
                let ids = all.iter().filter_map(|body| body["id"].as_str());
                let id = ResourceId::parse(ids.into_iter().find(is)?).ok()?;
                let path = format!("{id}?api-version=2022-04-01");
                let call =
                    akstool::sim::Call { method: "DELETE".to_owned(), path, ..Default::default() };
                let sim = sim.clone();
                tokio::spawn(async move { sim.answer(call).await });
                None
            }
        }
    }

    /// Tells whether what he did stands.
    fn stands(self, sim: &Sim) -> bool {
        let holds = |id: &ResourceId| {
            found(sim, id).is_some_and(|body| {
                let text = body.to_string().to_ascii_lowercase();
                text.contains("/theirs\"") || text.contains("\"theirs\"")
            })
        };
        match self {
            Self::Peering => found(sim, &peering()).is_some(),
            Self::Rule => holds(&rules()),
            Self::Address => holds(&gateway()),
            Self::Identity => holds(&cluster()),
            Self::Lock => found(sim, &lock_on(&cluster())).is_some(),
            Self::ReadOnly => found(sim, &lock_on(&group())).is_some(),
            Self::Grant => true,
        }
    }

    /// Tells whether it may go with what it is a part of.
    fn goes_along(self) -> bool {
        matches!(self, Self::Address | Self::Identity)
    }

    /// Tells whether it keeps a run from its end by what Azure says, not by what it changes.
    fn forbids(self) -> bool {
        matches!(self, Self::Lock | Self::ReadOnly)
    }
}

/// What our run is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Run {
    Up,
    Change,
    Down,
}

fn whole() -> Profile {
    let parts = vec![Part::SecurityGroup, Part::Peering];
    Draft { model: "nat-gateway", parts, taken: vec![] }.whole("demo", "home", 30)
}

async fn planned(world: &World, run: Run) -> Plan {
    let mut profile = whole();
    match run {
        Run::Up => world.plan(&profile).await,
        Run::Change => {
            world.up(&profile).await;
            profile.metadata.tags.insert("cost-center".to_owned(), Some("42".to_owned()));
            world.plan(&profile).await
        }
        Run::Down => {
            world.up(&profile).await;
            world.plan_down(&profile).await
        }
    }
}

fn check(run: Run, hand: Hand, at: usize) -> Result<(), TestCaseError> {
    in_virtual_time(async {
        let world = begun(&[&whole()]);
        let plan = planned(&world, run).await;
        prop_assert_eq!(&plan.refusals, &[]);
        let act = move |sim: &Sim| hand.act(sim).is_some();
        let (outcome, acted, _) = with_hand(&world, &plan, act, at).await;
        let case = format!("{hand:?} at {at} of {run:?}: {:?}", outcome.failed);
        prop_assert!(at > 0 || run == Run::Up || hand == Hand::Grant || acted, "{}", case);
        let may_go = run == Run::Down && hand.goes_along();
        prop_assert!(!acted || may_go || hand.stands(&world.sim), "lost: {}", case);
        let known = ["ChangedMeanwhile", "NotAsWritten"];
        let is_known = |code: &str| {
            known.contains(&code)
                || hand.forbids() && code == "ScopeLocked"
                || hand == Hand::Grant && code == "LinkedAuthorizationFailed"
        };
        if run != Run::Down {
            let all_known = outcome.failed.iter().all(|one| is_known(&one.code));
            prop_assert!(all_known, "{}", case);
        }
        if hand == Hand::Grant && run != Run::Down {
            world.up(&whole()).await;
            let rest = world.plan(&whole()).await;
            prop_assert!(rest.is_empty(), "{}", json!(rest.report()));
        }
        Ok(())
    })
}

#[test]
fn a_lock_on_what_goes_already_goes_along() {
    check(Run::Down, Hand::Lock, 4).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn nothing_of_another_hand_is_lost_when_it_comes_before_the_first_write() {
    for run in [Run::Change, Run::Down] {
        for hand in HANDS {
            check(run, hand, 0).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

proptest! {
    #![proptest_config(config("AKSTOOL_WORLDS", 2_026, 24))]

    #[test]
    fn nothing_of_another_hand_around_a_cluster_is_lost_at_any_moment(
        run in prop::sample::select(vec![Run::Up, Run::Change, Run::Down]),
        hand in prop::sample::select(HANDS.to_vec()),
        at in 1_usize..36,
    ) {
        check(run, hand, at)?;
    }
}
