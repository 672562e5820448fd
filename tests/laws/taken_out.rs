//! What was ours stays ours until it is gone: whatever part of a profile is taken out, every plan names
//! what it left, `--prune` leaves what the smaller profile makes of itself, and `down` leaves nothing.

use akstool::plan::Allowance;
use akstool::profile::schema::Profile;
use akstool::profile::{Overrides, load};
use akstool::sim::fault::Script;
use serde_json::{Value, json};

use super::support::{World, in_virtual_time};

/// A profile with every part that can be taken out of a cluster that stands, all of kinds of their own.
const WHOLE: &str = r#"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: whole, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets:
    nodes: { cidr: 10.10.1.0/24, routeTable: true, securityGroup: true }
    more: { cidr: 10.10.2.0/24 }
    endpoints: { cidr: 10.10.3.0/24 }
    jump: { cidr: 10.10.4.0/24 }
    AzureBastionSubnet: { cidr: 10.10.5.0/26, securityGroup: true }
  routes: [{ name: away, cidr: 172.16.0.0/12, type: none }]
  securityRules: [{ name: web, priority: 200, ports: ["443"] }]
  bastion: { sku: standard }
  jumpHost: { subnet: jump, sshKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlainTextOfSomeKeyThatIsNoSecret me" }
  privateZones:
    example.internal: { links: { hub: { id: HUB } } }
  privateEndpoints:
    - { name: images, to: "${registry.id}", groups: [registry], subnet: endpoints, zone: privatelink.azurecr.io }
  peerings: [{ name: hub, vnet: { id: HUB } }]
registry: { sku: premium }
monitoring: { logs: true, metrics: true }
cluster:
  tier: standard
  workloadIdentity: true
  autoUpgrade: patch
  maintenance:
    default: [{ day: monday, hours: [1, 2] }]
    autoUpgrade: { day: saturday, start: "01:00", hours: 6 }
    nodeOs: { day: sunday, start: "01:00", hours: 6 }
workloadIdentities:
  orders:
    serviceAccounts: [shop/orders, shop/worker]
    roles:
      - { role: Reader, scope: "${registry.id}" }
      - { role: Reader, scope: "HUB" }
  mail:
    serviceAccounts: [shop/mail]
    roles: [{ role: Reader, scope: "HUB" }]
pools:
  - { name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }
  - { name: more, vmSize: Standard_D4s_v5, count: 1, subnet: more }
resources:
  - { name: store, type: Microsoft.KeyVault/vaults, apiVersion: "2023-07-01", body: { location: westeurope } }
"#;

const HUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/others/\
                   providers/Microsoft.Network/virtualNetworks/hub";

/// A part, how it is taken out, and what the plan calls what it left.
type Part = (&'static str, fn(&mut Profile), &'static [&'static str]);

const PARTS: &[Part] = &[
    ("a window", |one| windows(one).node_os = None, &["`whole/aksManagedNodeOSUpgradeSchedule`"]),
    (
        "every window",
        |one| one.cluster.maintenance = None,
        &["maintenance window `whole/default`", "`whole/aksManagedAutoUpgradeSchedule`"],
    ),
    (
        "a service account",
        |one| drop(workload(one).service_accounts.pop()),
        &["federated credential `whole-orders/shop_worker`"],
    ),
    ("a role", |one| drop(workload(one).roles.pop()), &["role assignment of `Reader` for"]),
    (
        "an identity",
        |one| drop(one.workload_identities.remove("mail")),
        &["identity `whole-mail`", "role assignment of `Reader` for"],
    ),
    (
        "every identity",
        |one| one.workload_identities.clear(),
        &["identity `whole-orders`", "identity `whole-mail`"],
    ),
    (
        "a registry",
        |one| {
            one.registry = None;
            one.network.private_endpoints.clear();
            workload(one).roles.remove(0);
        },
        &["container registry", "private endpoint `images`", "`AcrPull`"],
    ),
    (
        "an endpoint",
        |one| one.network.private_endpoints.clear(),
        &["private endpoint `images`", "private DNS zone `privatelink.azurecr.io`"],
    ),
    ("a zone", |one| one.network.private_zones.clear(), &["private DNS zone `example.internal`"]),
    (
        "a link",
        |one| one.network.private_zones.values_mut().for_each(|zone| zone.links.clear()),
        &["`example.internal/"],
    ),
    ("logs and metrics", |one| one.monitoring = None, &["`whole-logs`", "`whole-metrics`"]),
    ("a jump host", |one| one.network.jump_host = None, &["`whole-jump`", "`whole-jump-nsg`"]),
    ("a Bastion", |one| one.network.bastion = None, &["Bastion"]),
    ("a peering", |one| one.network.peerings.clear(), &["peering `whole-vnet/hub`"]),
    ("a route", |one| one.network.routes.clear(), &["away"]),
    ("a rule", |one| one.network.security_rules.clear(), &["web"]),
    (
        "a pool and its subnet",
        |one| {
            one.pools.pop();
            one.network.subnets.remove("more");
        },
        &["node pool `whole/more`", "subnet `whole-vnet/more`"],
    ),
    ("a whole resource", |one| one.resources.clear(), &["`store`"]),
];

fn windows(profile: &mut Profile) -> &mut akstool::profile::schema::Maintenance {
    profile.cluster.maintenance.as_mut().expect("the profile has windows")
}

fn workload(profile: &mut Profile) -> &mut akstool::profile::schema::WorkloadIdentity {
    profile.workload_identities.get_mut("orders").expect("the profile has identities")
}

fn whole() -> Profile {
    let text = WHOLE.replace("HUB", HUB);
    match load(text.as_bytes(), "whole.yaml", &Overrides::default()) {
        Ok(loaded) => loaded.profile,
        Err(problems) => panic!("{problems:?}"),
    }
}

/// What stands, without what Azure makes for itself, whose names are drawn.
fn stands(world: &World) -> Vec<Value> {
    let drawn = |id: &str| id.to_lowercase().contains("/mc_") || id.contains(".nic.");
    let mut all = world.store();
    all.retain(|one| one["id"].as_str().is_some_and(|id| !drawn(id)));
    all
}

fn ids(all: &[Value]) -> Vec<&str> {
    all.iter().filter_map(|one| one["id"].as_str()).collect()
}

/// Says what does not hold when parts are taken out together.
async fn wrong(parts: &[&Part]) -> Vec<String> {
    let (whole, mut less) = (whole(), whole());
    for (_, take_out, _) in parts {
        take_out(&mut less);
    }
    let said: Vec<&&str> = parts.iter().flat_map(|(.., said)| said.iter()).collect();
    let world = || World::new(Script::default()).with_foreign(&whole);
    let mut wrong = Vec::new();
    let mut holds = |is: bool, what: String| wrong.extend((!is).then_some(what));
    let fresh = world();
    let before = fresh.store();
    fresh.up(&less).await;
    let left = world();
    left.up(&whole).await;
    for _ in 0..2 {
        let plan = left.plan(&less).await;
        let attention = json!(plan.attention).to_string();
        for word in &said {
            holds(attention.contains(**word), format!("`{word}` is not in {attention}"));
        }
        left.apply(&plan).await;
    }
    let allowance = Allowance { prune: true, ..Allowance::default() };
    let pruned = world();
    pruned.up(&whole).await;
    for _ in 0..2 {
        let plan = pruned.plan_allowing(&less, &allowance).await;
        let (outcome, _) = pruned.apply(&plan).await;
        holds(outcome.failed.is_empty(), format!("pruned: {:?}", outcome.failed));
    }
    let (found, wished) = (stands(&pruned), stands(&fresh));
    holds(ids(&found) == ids(&wished), format!("pruned: {}", apart(&found, &wished)));
    let plan = pruned.plan(&less).await;
    holds(plan.is_empty(), "there is something left to do".to_owned());
    holds(plan.attention.is_empty(), format!("still said: {:?}", plan.attention));
    for world in [left, pruned] {
        let outcome = world.down(&less).await;
        let found = world.store();
        let what = format!("after `down`: {}, {:?}", apart(&found, &before), outcome.failed);
        holds(ids(&found) == ids(&before), what);
    }
    wrong
}

/// Returns what stands in one of two worlds alone.
fn apart(one: &[Value], other: &[Value]) -> String {
    let (one, other) = (ids(one), ids(other));
    let more = one.iter().filter(|id| !other.contains(id)).map(|id| format!("+{id}"));
    let less = other.iter().filter(|id| !one.contains(id)).map(|id| format!("-{id}"));
    more.chain(less).collect::<Vec<_>>().join(" ")
}

/// How many of the parts lie between two that are taken out together: none of those touch.
const APART: usize = 5;

#[test]
fn what_is_taken_out_is_named_until_it_is_pruned_and_goes_with_down() {
    let mut all = Vec::new();
    for first in 0..APART {
        let parts: Vec<&Part> = PARTS.iter().skip(first).step_by(APART).collect();
        let names: Vec<&str> = parts.iter().map(|(name, ..)| *name).collect();
        let wrong = in_virtual_time(wrong(&parts));
        all.extend(wrong.into_iter().map(|what| format!("{}: {what}", names.join(", "))));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
