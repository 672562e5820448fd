//! What a plan promises, against a world that is written down here.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::arm::body::{ApiVersion, Body};
use crate::compose::{Setting, compose};
use crate::plan::{Condition, Found, Observed, Write};
use crate::profile::{Overrides, builtin, load};

fn graph(name: &str) -> Graph<Resource> {
    let text = builtin::find(name).expect("a built-in profile").text;
    let profile = load(text.as_bytes(), name, &Overrides::default()).unwrap().profile;
    let setting = Setting { subscription: "s".to_owned(), ..Setting::default() };
    compose(&profile, &setting)
}

/// The environment whose name and group are these.
fn place(name: &str) -> Environment {
    Environment::new("s", name, name)
}

fn environment(name: &str) -> String {
    let text = builtin::find(name).unwrap().text;
    load(text.as_bytes(), name, &Overrides::default()).unwrap().profile.metadata.name
}

/// Everything as the graph asks for it, as Azure would answer.
fn as_asked(graph: &Graph<Resource>) -> Observed {
    let mut observed = Observed::default();
    for (_, resource) in graph.iter() {
        let body = Body::new(resource.body.value().clone()).fill(|_| Some(json!("guid"))).unwrap();
        let mut body = body.into_value();
        let seen = ownership::Seen { desired: graph, found: None, unmanaged: &[], pruned: &[] };
        ownership::remember(&mut body, resource, &seen);
        body["id"] = json!(resource.id);
        body["properties"]["provisioningState"] = json!("Succeeded");
        body["properties"]["principalId"] = json!("guid");
        let mut body = Body::new(body);
        let named = graph.iter().flat_map(|(_, one)| one.body.laters());
        for later in named.filter(|later| later.of == resource.id) {
            body.set(&later.at, json!("guid"));
        }
        let body = body.into_value();
        observed.resources.insert(resource.id.clone(), Observation::Present(body));
    }
    observed
}

fn planned(graph: &Graph<Resource>, observed: &Observed) -> Plan {
    plan(&place("demo"), graph, observed, &Allowance::default())
}

fn change(observed: &mut Observed, kind: &str, change: impl Fn(&mut Value)) {
    for (id, found) in &mut observed.resources {
        if id.resource_type().ends_with(kind)
            && let Observation::Present(body) = found
        {
            change(body);
        }
    }
}

fn step<'a>(plan: &'a Plan, kind: &str) -> &'a Step {
    plan.steps.iter().map(|(_, step)| step).find(|step| step.kind.ends_with(kind)).unwrap()
}

#[test]
fn in_an_empty_world_everything_is_created() {
    let plan = planned(&graph("kubenet"), &Observed::default());
    let summary = plan.summary();
    assert_eq!((summary.create, summary.keep), (plan.steps.len(), 0));
    assert_eq!(plan.refusals, []);
}

#[test]
fn pools_are_made_inside_the_clusters_first_put_and_only_there() {
    let plan = planned(&graph("kubenet"), &Observed::default());
    let [Call::Put(wish)] = step(&plan, "managedClusters").calls.as_slice() else {
        panic!("one PUT");
    };
    let Write { body, condition, .. } = wish.request();
    assert_eq!(condition, Condition::Absent);
    assert_eq!(body.get("properties.agentPoolProfiles[0].name"), Some(&json!("system")));
    assert_eq!(step(&plan, "agentPools").calls, []);

    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    observed.resources.retain(|id, _| !id.resource_type().ends_with("agentPools"));
    let plan = planned(&graph, &observed);
    assert_eq!(step(&plan, "managedClusters").action, Action::Keep);
    assert!(matches!(step(&plan, "agentPools").calls.as_slice(), [Call::Put(_)]));
}

#[test]
fn what_is_as_asked_is_kept_for_every_profile() {
    for builtin in builtin::ALL {
        let graph = graph(builtin.name);
        let observed = as_asked(&graph);
        let name = environment(builtin.name);
        let plan = plan(&place(&name), &graph, &observed, &Allowance::default());
        assert!(plan.is_empty() && plan.refusals.is_empty(), "{}: {plan:?}", builtin.name);
    }
}

#[test]
fn a_change_in_place_names_its_path_and_sends_the_whole_resource() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "virtualNetworks", |body| {
        body["properties"]["addressSpace"]["addressPrefixes"] = json!(["10.99.0.0/16"]);
        body["properties"]["subnets"] = json!([{ "name": "theirs", "etag": "x" }]);
    });
    let plan = planned(&graph, &observed);
    let step = step(&plan, "virtualNetworks");
    assert_eq!(step.action, Action::Update);
    assert_eq!(step.deltas[0].path, "properties.addressSpace.addressPrefixes");
    let Call::Put(wish) = &step.calls[0] else { panic!("a PUT") };
    let body = wish.request().body;
    assert_eq!(body.get("properties.subnets"), None, "what is not named is kept");
    assert_eq!(body.get("properties.provisioningState"), None, "Azure's own is not sent");
}

#[test]
fn a_replacement_is_refused_until_a_flag_names_it() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "managedClusters", |body| {
        body["properties"]["networkProfile"]["networkPlugin"] = json!("azure");
    });
    let refused = planned(&graph, &observed);
    assert_eq!(step(&refused, "managedClusters").action, Action::Replace);
    assert_eq!(step(&refused, "agentPools").action, Action::Replace, "goes with its cluster");
    let sentences: Vec<String> = refused.refusals.iter().map(Refusal::sentence).collect();
    assert_eq!(
        sentences,
        ["would replace cluster `demo`: Azure cannot change \
          networkProfile.networkPlugin in place"]
    );
    let allowance = Allowance { replace: ["demo".to_owned()].into(), ..Allowance::default() };
    let allowed = plan(&place("demo"), &graph, &observed, &allowance);
    assert_eq!(allowed.refusals, []);
    let calls = &step(&allowed, "managedClusters").calls;
    let [Call::Delete(_), Call::Put(wish)] = calls.as_slice() else {
        panic!("deleted, then made: {calls:?}");
    };
    let body = wish.request().body;
    assert!(body.get("properties.agentPoolProfiles[0]").is_some());
}

#[test]
fn what_another_hand_made_is_refused_and_its_group_is_used_as_it_is() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    for kind in ["virtualNetworks", "resourceGroups"] {
        change(&mut observed, kind, |body| body["tags"] = json!({ "team": "x" }));
    }
    let plan = planned(&graph, &observed);
    assert_eq!(plan.refusals.len(), 1);
    assert!(matches!(&plan.refusals[0].why, Refused::Foreign { owner: None, .. }));
    let hint = plan.refusals[0].hint().to_string();
    assert!(hint.contains("az tag update --resource-id /subscriptions/"), "{hint}");
    assert_eq!(step(&plan, "resourceGroups").reasons, [Reason::NotOurs]);
}

#[test]
fn a_group_of_another_environment_is_refused() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "resourceGroups", |body| {
        body["tags"]["akstool-environment"] = json!("b");
    });
    let plan = planned(&graph, &observed);
    let Refused::Foreign { owner, .. } = &plan.refusals[0].why else { panic!("{plan:?}") };
    assert_eq!(owner.as_deref(), Some("b"));
}

#[test]
fn what_is_still_being_made_is_waited_for() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    let (id, found) = observed
        .resources
        .iter_mut()
        .find(|(id, _)| id.is_type("Microsoft.ContainerService/managedClusters"))
        .unwrap();
    let mut body = found.body().unwrap().clone();
    body["properties"]["provisioningState"] = json!("Creating");
    *found = Observation::of(Some(body));
    let id = id.clone();
    let plan = planned(&graph, &observed);
    let step = step(&plan, "managedClusters");
    assert_eq!((&step.id, step.action), (&id, Action::Wait));
    assert_eq!(step.calls, [Call::Await]);
    assert!(plan.waits());
}

#[test]
fn a_failed_resource_is_written_again() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "managedClusters", |body| {
        body["properties"]["provisioningState"] = json!("Failed");
    });
    let plan = planned(&graph, &observed);
    let step = step(&plan, "managedClusters");
    assert_eq!((step.action, step.reasons.as_slice()), (Action::Update, &[Reason::Failed][..]));
}

#[test]
fn a_write_names_the_mark_it_was_planned_against() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "agentPools", |body| {
        body["properties"]["eTag"] = json!("mark");
        body["properties"]["count"] = json!(5);
    });
    let plan = planned(&graph, &observed);
    let Call::Put(wish) = &step(&plan, "agentPools").calls[0] else { panic!("a PUT") };
    assert_eq!(wish.request().condition, Condition::Unchanged("mark".to_owned()));
}

#[test]
fn an_existing_resource_that_is_missing_is_refused() {
    let graph = graph("existing-vnet");
    let plan = plan(&place("existing-vnet"), &graph, &Observed::default(), &Allowance::default());
    assert!(plan.refusals.iter().all(|refusal| refusal.why == Refused::Missing));
    assert_eq!(plan.refusals.len(), 2, "the network and the subnet");
}

#[test]
fn what_left_the_profile_stays_until_pruned_and_is_detached_first() {
    let graph = graph("azure-cni");
    let name = environment("azure-cni");
    let mut observed = as_asked(&graph);
    let table =
        ResourceId::resource_group("s", "g").resource("Microsoft.Network/routeTables", "old");
    change(&mut observed, "subnets", |body| {
        body["properties"]["routeTable"] = json!({ "id": table });
    });
    let body = json!({ "id": table });
    observed.unmanaged.push(Found { id: table.clone(), api: ApiVersion::new("2025-07-01"), body });

    let kept = plan(&place(&name), &graph, &observed, &Allowance::default());
    assert!(
        kept.is_empty() && kept.attention[0].to_string().contains("--prune"),
        "{:?}",
        kept.attention
    );

    let allowance = Allowance { prune: true, ..Allowance::default() };
    let pruned = plan(&place(&name), &graph, &observed, &allowance);
    let subnet = step(&pruned, "subnets");
    assert_eq!(subnet.action, Action::Update);
    assert_eq!(subnet.deltas[0].path, "properties.routeTable");
    let (last, deletion) = pruned.steps.iter().last().unwrap();
    assert_eq!((deletion.action, &deletion.id), (Action::Delete, &table));
    assert_eq!(pruned.steps.needs(last).count(), graph.len(), "after everything else");
}

proptest! {
    /// Law 7, over worlds in which anything may be missing or still busy.
    #[test]
    fn a_plan_is_a_function(fate in prop::collection::vec(0_u8..4, 20), which in 0..builtin::ALL.len()) {
        let name = builtin::ALL[which].name;
        let graph = graph(name);
        let mut observed = as_asked(&graph);
        for ((_, found), fate) in observed.resources.iter_mut().zip(fate.iter().cycle()) {
            match fate {
                0 => *found = Observation::Absent,
                1 => *found = Observation::Busy(found.body().cloned().unwrap_or_default()),
                _ => {}
            }
        }
        let bytes = || {
            let plan = plan(&place(&environment(name)), &graph, &observed, &Allowance::default());
            (serde_json::to_string(&plan.report()).unwrap(), plan)
        };
        prop_assert_eq!(bytes(), bytes());
    }
}

/// The kubenet profile's own cluster under a profile with these lines changed.
fn changed_by(name: &str, sets: &[&str]) -> Plan {
    changed_with(name, sets, &Allowance::default())
}

fn changed_with(name: &str, sets: &[&str], allowance: &Allowance) -> Plan {
    let text = builtin::find(name).unwrap().text;
    let load = |sets: &[&str]| {
        let overrides = Overrides {
            set: sets.iter().map(|set| (*set).to_owned()).collect(),
            ..Overrides::default()
        };
        load(text.as_bytes(), name, &overrides).unwrap().profile
    };
    let setting = Setting { subscription: "s".to_owned(), ..Setting::default() };
    let observed = as_asked(&compose(&load(&[]), &setting));
    let changed = load(sets);
    plan(&place(&changed.metadata.name), &compose(&changed, &setting), &observed, allowance)
}

#[test]
fn a_change_that_aks_migrates_in_place_is_refused_with_the_command() {
    let overlay = ["network.plugin=azure", "network.mode=overlay"];
    let plan = changed_by("kubenet", &overlay);
    let [refusal] = &plan.refusals[..] else { panic!("one refusal: {:?}", plan.refusals) };
    assert_eq!(
        refusal.hint().to_string(),
        "`akstool migrate demo --to overlay` does it in place, after its own checks and a plan"
    );
    assert!(refusal.sentence().contains("would reimage every node"), "{}", refusal.sentence());
    let cluster = step(&plan, "managedClusters");
    assert_eq!((cluster.action, &cluster.reasons[..]), (Action::Update, &[Reason::Migrates][..]));
    assert!(cluster.deltas.iter().all(|delta| delta.cost == Cost::RestartsNodes), "{cluster:?}");
    assert_eq!(plan.summary().replace, 0, "nothing is rebuilt that can move");
}

#[test]
fn a_replacement_that_was_allowed_by_name_needs_no_migration() {
    let overlay = ["network.plugin=azure", "network.mode=overlay"];
    let allowance = Allowance { replace: ["demo".to_owned()].into(), ..Allowance::default() };
    let plan = changed_with("kubenet", &overlay, &allowance);
    assert_eq!(step(&plan, "managedClusters").action, Action::Replace);
    assert_eq!(plan.refusals, []);
}

#[test]
fn a_change_that_aks_does_not_migrate_is_a_plain_replacement() {
    let [refusal] = &changed_by("kubenet", &["network.plugin=azure"]).refusals[..] else {
        panic!("one refusal");
    };
    assert!(matches!(refusal.why, Refused::Replacement { .. }), "{refusal:?}");
    let more =
        ["network.plugin=azure", "network.mode=overlay", "network.serviceCidr=10.201.0.0/16"];
    let [refusal] = &changed_by("kubenet", &more).refusals[..] else { panic!("one refusal") };
    let replaces = matches!(refusal.why, Refused::Replacement { .. });
    assert!(replaces, "the service range cannot change in place: {refusal:?}");
}

#[test]
fn a_group_is_never_replaced_whatever_a_flag_names() {
    let graph = graph("kubenet");
    let mut observed = as_asked(&graph);
    change(&mut observed, "resourceGroups", |body| body["location"] = json!("northeurope"));
    let allowance = Allowance { replace: ["demo".to_owned()].into(), ..Allowance::default() };
    let plan = plan(&place("demo"), &graph, &observed, &allowance);
    let [refusal] = &plan.refusals[..] else { panic!("one refusal: {:?}", plan.refusals) };
    assert!(matches!(refusal.why, Refused::Group { .. }), "{refusal:?}");
}

#[test]
fn a_subnet_with_nodes_is_not_replaced_and_the_nodes_are_named() {
    let graph = graph("azure-overlay");
    let mut observed = as_asked(&graph);
    let machine = "/subscriptions/s/resourceGroups/MC/providers/Microsoft.Compute/virtualMachineScaleSets/aks-system-1";
    let held = json!([{ "id": format!("{machine}/virtualMachines/0/networkInterfaces/n/ipConfigurations/i") }]);
    change(&mut observed, "subnets", |body| {
        body["properties"]["addressPrefix"] = json!("10.10.9.0/24");
        body["properties"]["ipConfigurations"] = held.clone();
    });
    let allowance = Allowance { replace: ["nodes".to_owned()].into(), ..Allowance::default() };
    let plan = plan(&place("azure-overlay"), &graph, &observed, &allowance);
    let [refusal] = &plan.refusals[..] else { panic!("one refusal: {:?}", plan.refusals) };
    let said = refusal.sentence();
    assert!(said.contains("cannot be deleted while aks-system-1 stands in it"), "{said}");
}

#[test]
fn what_needs_a_thing_that_is_being_deleted_is_planned_when_that_is_gone() {
    let graph = graph("kubenet");
    let mut observed = Observed::default();
    let group = graph.iter().next().expect("a group").1.id.clone();
    let body = json!({ "id": group, "tags": { "akstool-environment": "demo" },
        "properties": { "provisioningState": "Deleting" } });
    observed.resources.insert(group, Observation::Busy(body));
    let plan = planned(&graph, &observed);
    assert!(plan.waits() && plan.summary().create == 0, "{:?}", plan.summary());
    let calls: Vec<&Step> =
        plan.steps.iter().map(|(_, step)| step).filter(|step| !step.calls.is_empty()).collect();
    assert_eq!(calls.len(), 1, "only the group is waited for: {calls:?}");
}

#[test]
fn another_data_plane_is_never_a_silent_reimage() {
    let plan = changed_by("azure-overlay", &["network.dataplane=cilium"]);
    let [refusal] = &plan.refusals[..] else { panic!("one refusal: {:?}", plan.refusals) };
    let Refused::Migration { to, .. } = &refusal.why else { panic!("{refusal:?}") };
    assert_eq!(to, "cilium");
    let back = changed_by("azure-cilium", &["network.dataplane=azure", "network.policy=none"]);
    let replaces = matches!(back.refusals[0].why, Refused::Replacement { .. });
    assert!(replaces, "there is no way back from Cilium: {:?}", back.refusals);
}

#[test]
fn the_network_says_which_subnets_are_ours() {
    let plan = planned(&graph("kubenet"), &Observed::default());
    let Some(Call::Put(wish)) = step(&plan, "/virtualNetworks").calls.last() else { panic!() };
    assert_eq!(wish.desired.value()["tags"]["akstool-subnets"], "nodes");
}
