//! Facts written down, and what doctor says of them.

use serde_json::json;

use super::super::built_in;
use super::super::facts::*;
use super::super::finding::Severity;
use super::super::who::Who;
use super::super::writes::Writes;
use super::*;
use crate::arm::id::ResourceId;
use crate::kind::Permission;

/// A subscription in which everything is well, for a profile.
fn well(needs: &Needs) -> Facts {
    let owner = Permission { actions: vec!["*".into()], ..Permission::default() };
    let mut scopes = needs.scopes();
    scopes.insert(ResourceId::subscription("s"));
    let registered = Provider { state: "Registered".into(), types: Vec::new() };
    Facts {
        subscription_id: "s".into(),
        location: "westeurope".into(),
        rights: scopes.into_iter().map(|s| (s, Read::Got(vec![owner.clone()]))).collect(),
        providers: needs
            .types()
            .into_keys()
            .map(|name| (name, Read::Got(registered.clone())))
            .collect(),
        compute: Read::Got(vec![usage("cores", 0, 100), usage("standardDSv5Family", 0, 50)]),
        network: Read::Got(vec![usage("PublicIPAddresses", 0, 10)]),
        sizes: Read::Got(vec![
            size("Standard_D2s_v5", 2, "standardDSv5Family"),
            size("Standard_D2as_v5", 2, "standardDASv5Family"),
            size("Standard_D2s_v4", 2, "standardDSv4Family"),
            size("Standard_D8s_v5", 8, "standardDSv5Family"),
            size("Standard_B2ms", 2, "standardBSFamily"),
        ]),
        versions: Read::Got(vec![minor("1.33"), minor("1.34"), minor("1.35")]),
        locks: Read::Got(Vec::new()),
        policies: Read::Got(Vec::new()),
        group: Read::Got(None),
        cluster: Read::Got(None),
        node_group: Read::Got(None),
        ..Facts::default()
    }
}

fn usage(name: &str, used: u64, limit: u64) -> Usage {
    Usage { name: name.into(), text: name.into(), used, limit }
}

fn size(name: &str, cores: u64, family: &str) -> Size {
    Size {
        name: name.into(),
        family: family.into(),
        cores,
        memory_mib: cores * 4096,
        zones: vec!["1".into(), "2".into(), "3".into()],
        ..Size::default()
    }
}

fn minor(name: &str) -> Offered {
    let patches = vec![format!("{name}.0"), format!("{name}.5")];
    Offered { minor: name.into(), patches, support: Support::Both, ..Offered::default() }
}

/// A policy that denies what stands in the profiles' region.
fn denying() -> Policy {
    Policy {
        is_enforced: true,
        rules: vec![PolicyRule {
            effect: "deny".into(),
            condition: json!({ "field": "location", "equals": "westeurope" }),
            ..PolicyRule::default()
        }],
        ..Policy::default()
    }
}

/// Returns the findings of an area that are not well, as `severity: fact`, once `change` has
/// changed the facts.
fn says(profile: &str, set: &[&str], area: Area, change: impl Fn(&mut Facts)) -> Vec<String> {
    let all = look(profile, set, change);
    let bad = all.into_iter().filter(|f| f.area == area && f.severity != Severity::Ok);
    bad.map(|f| format!("{}: {}", f.severity.word(), f.fact)).collect()
}

fn look(profile: &str, set: &[&str], change: impl Fn(&mut Facts)) -> Vec<Finding> {
    let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
    let profile = built_in(profile, &set);
    let needs = Needs::of(&profile, "s");
    let mut facts = well(&needs);
    change(&mut facts);
    let found = check(&facts, Some(&profile), Some(&needs));
    for grave in found.iter().filter(|f| f.severity < Severity::Info || f.is_unread) {
        assert!(grave.consequence.is_some(), "says nothing of what comes of it: {grave:?}");
        assert!(grave.command.is_some(), "names nothing to run: {grave:?}");
        assert!(grave.fact.ends_with('.'), "is no sentence: {grave:?}");
    }
    found
}

#[test]
fn where_all_is_well_nothing_is_wrong() {
    for profile in ["kubenet", "azure-overlay", "dual-stack", "isolated", "azure-pod-subnet"] {
        let found = look(profile, &[], |_| {});
        let bad: Vec<&Finding> = found.iter().filter(|f| f.severity < Severity::Info).collect();
        assert!(bad.is_empty(), "{profile}: {bad:#?}");
    }
}

#[test]
fn what_could_not_be_read_is_said_and_is_no_error() {
    let found = look("kubenet", &[], |facts| {
        let no = Unread {
            why: "you may not read it (`AuthorizationFailed`)".into(),
            is_forbidden: true,
        };
        facts.rights.values_mut().for_each(|read| *read = Read::Unknown(no.clone()));
        facts.providers.values_mut().for_each(|read| *read = Read::Unknown(no.clone()));
        facts.compute = Read::Unknown(no.clone());
        facts.network = Read::Unknown(no.clone());
        facts.sizes = Read::Unknown(no.clone());
        facts.versions = Read::Unknown(no.clone());
        facts.locks = Read::Unknown(no.clone());
        facts.policies = Read::Unknown(no.clone());
        facts.group = Read::Unknown(no.clone());
        facts.cluster = Read::Unknown(no.clone());
        facts.subscription = Read::Unknown(no);
    });
    assert!(found.iter().all(|f| f.severity >= Severity::Info), "{found:#?}");
    for area in [
        Area::Subscription,
        Area::Rights,
        Area::Providers,
        Area::Names,
        Area::Versions,
        Area::Sizes,
        Area::Quota,
        Area::Locks,
        Area::Policies,
    ] {
        let mut of_area = found.iter().filter(|f| f.area == area && f.is_unread);
        let said = of_area.find(|f| f.fact.contains("you may not read it"));
        let said = said.unwrap_or_else(|| panic!("{area:?}: {found:#?}"));
        assert!(said.consequence.as_deref().unwrap().contains("`Reader` on"), "{said:?}");
        assert!(said.command.as_deref().unwrap().contains("--role Reader --scope"), "{said:?}");
    }
}

#[test]
fn a_contributor_lacks_what_role_assignments_take() {
    let found = look("kubenet", &[], |facts| {
        let contributor = Permission {
            actions: vec!["*".into()],
            not_actions: vec![
                "Microsoft.Authorization/*/Write".into(),
                "Microsoft.Authorization/*/Delete".into(),
            ],
            is_conditional: false,
        };
        facts.rights.values_mut().for_each(|read| *read = Read::Got(vec![contributor.clone()]));
        facts.who =
            Who { name: "a".into(), object_id: Some("o-1".into()), ..Who::default() }.into();
    });
    let rights: Vec<&Finding> = found.iter().filter(|f| f.area == Area::Rights).collect();
    let [up, down] = rights.as_slice() else { panic!("{rights:#?}") };
    assert_eq!(
        up.fact,
        "You lack `Microsoft.Authorization/roleAssignments/write` on resource group `demo`."
    );
    assert_eq!((up.severity, down.severity), (Severity::Error, Severity::Warning));
    let command = up.command.as_deref().unwrap();
    assert_eq!(
        command,
        "az role assignment create --assignee o-1 --role 'Role Based Access Control \
         Administrator' --scope /subscriptions/s",
        "a role cannot be given on a group that is not there"
    );
}

#[test]
fn a_reader_is_told_the_smallest_role_for_each_missing_action() {
    let found = look("kubenet", &[], |facts| {
        let reader = Permission { actions: vec!["*/read".into()], ..Permission::default() };
        facts.rights.values_mut().for_each(|read| *read = Read::Got(vec![reader.clone()]));
    });
    let errors = found.iter().filter(|f| f.area == Area::Rights && f.severity == Severity::Error);
    let all: String = errors.filter_map(|f| f.consequence.clone()).collect();
    for role in [
        "`Network Contributor`",
        "`Managed Identity Contributor`",
        "`Contributor`",
        "`Azure Kubernetes Service Contributor Role`",
        "`Role Based Access Control Administrator`",
    ] {
        assert!(all.contains(role), "{role}: {all}");
    }
    assert!(!all.contains("Owner"), "{all}");
}

#[test]
fn rights_on_the_group_suffice_once_it_is_there() {
    let rights = |facts: &mut Facts| {
        let subscription = ResourceId::subscription("s");
        facts.rights.insert(subscription, Read::Got(Vec::new()));
        facts.group = Read::Got(Some(Located::default()));
    };
    assert_eq!(says("kubenet", &[], Area::Rights, rights), [""; 0]);
}

#[test]
fn a_provider_that_is_not_registered_comes_with_the_command() {
    let found = look("kubenet", &[], |facts| {
        let off = Provider { state: "NotRegistered".into(), types: Vec::new() };
        facts.providers.insert("Microsoft.Compute".into(), Read::Got(off));
    });
    let error = found.iter().find(|f| f.severity == Severity::Error).unwrap();
    assert_eq!(error.fact, "Provider `Microsoft.Compute` is not registered.");
    assert_eq!(
        error.command.as_deref(),
        Some("az provider register --namespace Microsoft.Compute --wait")
    );
}

#[test]
fn a_region_without_aks_and_a_version_that_is_gone_are_errors() {
    let said = says("kubenet", &[], Area::Providers, |facts| {
        let types = vec![ProviderType {
            name: "managedClusters".into(),
            locations: vec!["westus".into(), "northeurope".into()],
            api_versions: vec!["2030-01-01".into(), "2030-02-01-preview".into()],
        }];
        let here = ProviderType {
            name: "virtualMachines".into(),
            locations: vec!["westeurope".into()],
            ..ProviderType::default()
        };
        let compute = Provider { state: "Registered".into(), types: vec![here] };
        facts.providers.insert("Microsoft.Compute".into(), Read::Got(compute));
        let aks = Provider { state: "Registered".into(), types };
        facts.providers.insert("Microsoft.ContainerService".into(), Read::Got(aks));
    });
    assert_eq!(
        said,
        [
            "error: `Microsoft.ContainerService/managedClusters` is not offered in region `westeurope`.",
            "error: `Microsoft.ContainerService/managedClusters` no longer speaks version `2025-10-01`.",
        ]
    );
}

#[test]
fn quota_counts_the_nodes_then_the_surge_then_the_maximum() {
    let said = |count: &str, limit: u64| {
        let set = [count, "pools[system].maxSurge=1"];
        says("kubenet", &set, Area::Quota, |facts| {
            facts.compute = Read::Got(vec![usage("standardDSv5Family", 10, limit)]);
        })
    };
    let count = "pools[system].count=5";
    assert_eq!(
        said(count, 19),
        ["error: standardDSv5Family: 9 of 19 are left, and 10 are needed for the nodes."]
    );
    assert_eq!(
        said(count, 21),
        ["warning: standardDSv5Family: 11 of 21 are left, and 12 are needed during an upgrade."]
    );
    assert_eq!(said(count, 22), [""; 0]);
    let scale = "pools[system].autoscale={ min: 2, max: 9 }";
    assert_eq!(
        said(scale, 22),
        [
            "warning: standardDSv5Family: 12 of 22 are left, and 20 are needed at the autoscaler's maximum."
        ]
    );
}

#[test]
fn a_full_family_names_sizes_whose_family_has_room() {
    let found = look("kubenet", &[], |facts| {
        facts.compute = Read::Got(vec![
            usage("cores", 0, 100),
            usage("standardDSv5Family", 50, 50),
            usage("standardDASv5Family", 0, 50),
            usage("standardDSv4Family", 49, 50),
        ]);
    });
    let error = found.iter().find(|f| f.severity == Severity::Error).unwrap();
    let so = error.consequence.as_deref().unwrap();
    assert!(so.ends_with("There is room for `Standard_D2as_v5`."), "{so}");
    assert!(error.command.as_deref().unwrap().contains("--limit-object value=56"), "{error:?}");
}

#[test]
fn nodes_that_stand_are_not_counted_twice() {
    let said = says("kubenet", &[], Area::Quota, |facts| {
        facts.compute = Read::Got(vec![usage("cores", 8, 10)]);
        facts.cluster = Read::Got(Some(ClusterFacts {
            pools: vec![PoolFacts {
                name: "system".into(),
                size: "Standard_D2s_v5".into(),
                nodes: 2,
                most: 2,
                ..PoolFacts::default()
            }],
            ..ClusterFacts::default()
        }));
    });
    assert_eq!(said, [""; 0]);
}

#[test]
fn spot_machines_count_on_the_spot_quota_alone() {
    let spot = "pools=[{ name: system, mode: system, vmSize: Standard_D2s_v5 }, { name: spot, vmSize: Standard_D8s_v5, spot: {}, count: 4 }]";
    let said = says("kubenet", &[spot], Area::Quota, |facts| {
        facts.compute = Read::Got(vec![
            usage("cores", 0, 10),
            usage("standardDSv5Family", 0, 10),
            usage("lowPriorityCores", 0, 10),
        ]);
    });
    assert_eq!(
        said,
        ["error: lowPriorityCores: 10 of 10 are left, and 32 are needed for the nodes."]
    );
}

#[test]
fn too_few_public_addresses_are_an_error() {
    let said = says("nat-gateway", &[], Area::Quota, |facts| {
        facts.network = Read::Got(vec![
            usage("PublicIPAddresses", 0, 1000),
            usage("StandardSkuPublicIpAddresses", 9, 10),
        ]);
    });
    assert_eq!(said, ["error: StandardSkuPublicIpAddresses: 1 of 10 are left, and 2 are needed."]);
}

#[test]
fn a_size_that_is_withheld_or_not_in_a_zone_is_refused_with_others_like_it() {
    let found = look("kubenet", &["pools[system].zones=[\"1\", \"2\"]"], |facts| {
        if let Read::Got(sizes) = &mut facts.sizes {
            sizes[0].withheld_zones = vec!["2".into()];
        }
    });
    let error = found.iter().find(|f| f.severity == Severity::Error).unwrap();
    assert_eq!(error.fact, "Size `Standard_D2s_v5` is not offered in zone 2 of `westeurope`.");
    let so = error.consequence.as_deref().unwrap();
    assert!(so.contains("`Standard_D2as_v5`, `Standard_D2s_v4`"), "{so}");
    let said = says("kubenet", &[], Area::Sizes, |facts| {
        if let Read::Got(sizes) = &mut facts.sizes {
            sizes[0].withheld = Some("NotAvailableForSubscription".into());
        }
    });
    assert!(said[0].contains("withheld from this subscription"), "{said:?}");
}

#[test]
fn a_size_of_the_b_series_is_proposed_to_no_system_pool() {
    for (pool, near) in [("system", "Standard_D"), ("apps", "Standard_B2ms")] {
        let two = "pools=[{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }, \
                   { name: apps, vmSize: Standard_D2s_v5, count: 1 }]";
        let size = format!("pools[{pool}].vmSize=Standard_B2s");
        let found = look("azure-overlay", &[two, &size], |_| {});
        let error = found.iter().find(|f| f.area == Area::Sizes && f.severity == Severity::Error);
        let so = error.and_then(|found| found.consequence.as_deref()).unwrap_or_default();
        assert!(so.contains(&format!("Much alike: `{near}")), "{pool}: {so}");
    }
}

#[test]
fn small_and_burstable_system_pools_are_advised_against() {
    let said =
        |vm: &str| says("kubenet", &[&format!("pools[system].vmSize={vm}")], Area::Sizes, |_| {});
    assert_eq!(said("Standard_D8s_v5"), [""; 0]);
    assert_eq!(said("Standard_D2s_v5"), ["info: Size `Standard_D2s_v5` has 2 vCPUs."]);
    assert!(
        said("Standard_B2ms")[0].starts_with("warning: Size `Standard_B2ms` is of the burstable"),
    );
}

#[test]
fn versions_are_held_against_the_region_and_against_each_other() {
    let said = |set: &[&str]| says("kubenet", set, Area::Versions, |_| {});
    assert_eq!(said(&["cluster.version=latest"]), [""; 0]);
    assert_eq!(
        said(&["cluster.version=1.30"]),
        ["error: Kubernetes `1.30` is not offered; `1.33` is the nearest that is."]
    );
    assert_eq!(
        said(&["cluster.version=latest-1", "pools[system].version=latest"]),
        ["error: Kubernetes `latest` is newer than the cluster's own version."]
    );
    let running = says("kubenet", &["cluster.version=1.30"], Area::Versions, |facts| {
        let version = "1.30.7".to_owned();
        facts.cluster = Read::Got(Some(ClusterFacts { version, ..ClusterFacts::default() }));
    });
    assert_eq!(running, [""; 0], "what runs need not be offered");
}

#[test]
fn names_that_are_taken_reserved_or_too_long_are_named() {
    let other = |name: &str| Located { environment: Some(name.into()), ..Located::default() };
    let said = says("kubenet", &[], Area::Names, |facts| {
        facts.cluster =
            Read::Got(Some(ClusterFacts { place: other("prod"), ..ClusterFacts::default() }));
        facts.group = Read::Got(Some(other("demo")));
    });
    assert_eq!(said, ["error: Cluster `demo` belongs to environment `prod`."]);
    let said = says("kubenet", &[], Area::Names, |facts| {
        facts.node_group = Read::Got(Some(Located::default()));
    });
    assert_eq!(said, ["error: The node group `MC_demo_demo_westeurope` is there already."]);
    let said = says("kubenet", &["cluster.name=windows-farm"], Area::Names, |_| {});
    assert_eq!(said, ["warning: `windows-farm` holds `windows`, a word that Azure reserves."]);
    let said = says("kubenet", &["cluster.name=azure"], Area::Names, |_| {});
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn subscriptions_that_are_limited_or_disabled_say_so() {
    let said = |state: &str, is_limited| {
        says("kubenet", &[], Area::Subscription, |facts| {
            facts.subscription = Read::Got(Subscription {
                name: "x".into(),
                state: state.into(),
                offer: "FreeTrial_2014-09-01".into(),
                is_limited,
            });
        })
    };
    assert_eq!(said("Disabled", true)[0], "error: Subscription `x` (`s`) is disabled.");
    assert_eq!(
        said("Enabled", true),
        ["warning: Its offer is `FreeTrial_2014-09-01`, with a spending limit."]
    );
}

#[test]
fn what_stands_needs_no_rights_when_a_pool_is_added() {
    let profile = built_in("kubenet", &[]);
    let needs = Needs::of(&profile, "s");
    let pool = needs.cluster.child("agentPools", "system");
    let needs = needs.only(Writes { made: [pool].into(), ..Writes::default() });
    let mut facts = well(&needs);
    let operator = Permission {
        actions: vec![
            "Microsoft.ContainerService/managedClusters/*".into(),
            "Microsoft.Network/virtualNetworks/subnets/join/action".into(),
        ],
        ..Permission::default()
    };
    facts.rights.values_mut().for_each(|read| *read = Read::Got(vec![operator.clone()]));
    let found = check(&facts, Some(&profile), Some(&needs));
    assert!(found.iter().all(|f| f.severity > Severity::Error), "{found:#?}");
}

#[path = "check_network_tests.rs"]
mod network;

#[path = "check_standing_tests.rs"]
mod standing;

#[path = "check_hostile_tests.rs"]
mod hostile;

#[path = "check_way_out_tests.rs"]
mod way_out;
