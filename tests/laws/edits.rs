//! Nothing is ignored without a word: each field of the profile, written anew on what stands.
//!
//! An edit changes its place, is refused or told with the reason, or means what stood there. What
//! is taken out of a profile says nothing and changes nothing: that stands in the schema.

mod bases;
mod usual;

use std::collections::BTreeSet;

use akstool::arm::id::ResourceId;
use akstool::compose::{Setting, compose};
use akstool::graph::Graph;
use akstool::kind::Resource;
use akstool::observe::observe;
use akstool::plan::{Action, Allowance, Observed, plan};
use akstool::profile::{Loaded, Overrides, load, schema_json};
use akstool::sim;
use serde_json::Value;

use self::bases::{MANAGED, OVERLAY, PODS, PRIVATE, ROUTED, TRANSLATED};
use self::usual::{SAME, is_as_azure_has_it};
use super::support::{World, environment, in_virtual_time};

const NETWORK: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network";

/// What is written anew, for all of the profiles; `ID` stands for the network group of others.
const EDITS: &[(&str, &[&str])] = &[
    (
        "cluster.properties",
        &["{ securityProfile: { imageCleaner: { enabled: true, intervalHours: 48 } } }", "null"],
    ),
    ("pools[user].properties", &["{ kubeletConfig: { podMaxPids: 4096 } }"]),
    ("network.vnet.properties", &["{ flowTimeoutInMinutes: 10 }"]),
    ("network.subnets.nodes.properties", &["{ privateLinkServiceNetworkPolicies: Disabled }"]),
    ("apiVersion", &["akstool/v2", "null"]),
    ("kind", &["Pool", "null"]),
    ("metadata.name", &["other", "null"]),
    ("metadata.location", &["northeurope", "null"]),
    ("metadata.resourceGroup", &["other", "null"]),
    (
        "metadata.tags",
        &["{}", "null", "{ new: x }", "{ team: '' }", "{ team: null }", "{ team: z }"],
    ),
    ("names.identity", &["other", "null"]),
    ("names.kubeletIdentity", &["other", "null"]),
    ("names.vnet", &["other", "null"]),
    ("names.routeTable", &["other", "null"]),
    ("names.securityGroup", &["other", "null"]),
    ("names.natGateway", &["other", "null"]),
    ("names.publicIP", &["'other-{number}'", "null"]),
    ("network.plugin", &["azure", "kubenet", "none", "null"]),
    ("network.mode", &["node-subnet", "pod-subnet", "overlay", "null"]),
    ("network.podAllocation", &["static", "null"]),
    ("network.dataplane", &["cilium", "azure", "null"]),
    ("network.policy", &["none", "azure", "calico", "cilium", "null"]),
    ("network.ipFamilies", &["[IPv4, IPv6]", "[]", "null"]),
    ("network.podCidr", &["10.245.0.0/16", "10.244.0.0/15", "null"]),
    ("network.podCidrV6", &["'fd00:5::/64'", "null"]),
    ("network.serviceCidr", &["10.201.0.0/16", "null"]),
    ("network.serviceCidrV6", &["'fd00:6::/108'", "null"]),
    ("network.dnsServiceIP", &["10.200.0.11", "10.0.0.11", "null"]),
    ("network.vnet.cidr", &["10.10.0.0/15", "10.77.0.0/16", "null"]),
    ("network.vnet.cidrs", &["[10.13.0.0/16]", "[]", "null"]),
    ("network.vnet.dnsServers", &["[10.10.0.54]", "[]", "null"]),
    ("network.vnet.id", &["ID/virtualNetworks/hub", "null"]),
    ("network.subnets", &["{}", "null"]),
    ("network.subnets.new.cidr", &["10.10.200.0/24"]),
    ("network.subnets.nodes.cidr", &["10.10.0.0/23", "10.10.1.0/25", "null"]),
    ("network.subnets.nodes.cidrV6", &["'fd00:1:0:1::/64'", "null"]),
    ("network.subnets.nodes.id", &["ID/virtualNetworks/hub/subnets/one", "null"]),
    ("network.subnets.nodes.serviceEndpoints", &["[Microsoft.Sql]", "[]", "null"]),
    ("network.subnets.nodes.delegations", &["[Microsoft.Web/serverFarms]", "[]", "null"]),
    (
        "network.subnets.nodes.securityGroup",
        &["false", "true", "{ id: ID/networkSecurityGroups/g }", "null"],
    ),
    ("network.subnets.nodes.routeTable", &["false", "true", "{ id: ID/routeTables/t }", "null"]),
    ("network.subnets.nodes.natGateway", &["false", "true", "{ id: ID/natGateways/n }", "null"]),
    ("network.subnets.nodes.defaultOutboundAccess", &["true", "false", "null"]),
    ("network.subnets.nodes.privateEndpointPolicies", &["disabled", "enabled", "null"]),
    ("network.routeTable", &["{ id: ID/routeTables/t }", "null"]),
    ("network.securityGroup", &["false", "true", "{ id: ID/networkSecurityGroups/g }", "null"]),
    ("network.securityRules", &["[{ name: other, priority: 310 }]", "[]", "null"]),
    ("network.routes", &["[{ name: other, cidr: 10.61.0.0/16, type: none }]", "[]", "null"]),
    ("network.gatewayRoutes", &["true", "false", "null"]),
    (
        "network.outbound",
        &[
            "{ type: loadBalancer }",
            "{ type: none }",
            "{ type: block }",
            "{ type: userAssignedNATGateway }",
            "{ type: managedNATGateway }",
            "{ type: userDefinedRouting, nextHop: 10.10.9.9 }",
            "null",
        ],
    ),
    ("network.outbound.type", &["loadBalancer", "none"]),
    ("network.outbound.managedIPs", &["3", "null"]),
    ("network.outbound.managedIPsV6", &["2", "null"]),
    ("network.outbound.publicIPs", &["[ID/publicIPAddresses/a]", "[]", "null"]),
    ("network.outbound.publicIPPrefixes", &["[ID/publicIPPrefixes/p]", "[]", "null"]),
    ("network.outbound.allocatedPorts", &["2048", "null"]),
    ("network.outbound.idleTimeoutMinutes", &["20", "null"]),
    (
        "network.outbound.natGateway",
        &["{ publicIPs: 3 }", "{ idleTimeoutMinutes: 30 }", "{ id: ID/natGateways/n }", "null"],
    ),
    ("network.outbound.nextHop", &["10.10.9.5", "null"]),
    ("network.privateZones", &["{ other.internal: {} }", "{}", "null"]),
    (
        "network.privateEndpoints",
        &["[{ name: more, to: '${cluster.id}', groups: [management], subnet: two }]", "[]", "null"],
    ),
    (
        "network.bastion",
        &[
            "{}",
            "{ sku: premium }",
            "{ sku: basic }",
            "{ sku: developer }",
            "{ scaleUnits: 4 }",
            "{ tunneling: false }",
            "null",
        ],
    ),
    (
        "network.jumpHost",
        &["{ subnet: two, sshKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me' }", "null"],
    ),
    ("names.bastion", &["other", "null"]),
    ("cluster.apiServer", &["{}", "{ private: true }", "{ subnet: two }", "null"]),
    ("cluster.apiServer.private", &["true", "false", "null"]),
    ("cluster.apiServer.dnsZone", &["none", "system", "own", "null"]),
    ("cluster.apiServer.publicFQDN", &["true", "false", "null"]),
    ("cluster.apiServer.subnet", &["two", "extra", "null"]),
    (
        "cluster.apiServer.authorizedRanges",
        &["[203.0.113.7]", "[198.51.100.0/24, 203.0.113.0/24]", "[]", "null"],
    ),
    ("cluster.apiServer.runCommand", &["false", "true", "null"]),
    ("network.peerings", &["[{ name: hub, vnet: { id: ID/virtualNetworks/hub } }]", "[]", "null"]),
    ("cluster", &["{}", "null"]),
    ("cluster.name", &["other", "null"]),
    ("cluster.version", &["'1.33'", "'1.34.1'", "'1.36'", "null"]),
    ("cluster.tier", &["premium", "free", "null"]),
    ("cluster.supportPlan", &["long-term", "null"]),
    ("cluster.dnsPrefix", &["other", "null"]),
    ("cluster.nodeResourceGroup", &["other", "null"]),
    ("cluster.localAccounts", &["false", "true", "null"]),
    ("cluster.entra", &["true", "false", "{ azureRbac: true }", "null"]),
    ("cluster.entra.adminGroups", &["[99999999-8888-7777-6666-555555555555]", "[]", "null"]),
    ("cluster.entra.azureRbac", &["true", "false", "null"]),
    ("cluster.entra.tenant", &["99999999-8888-7777-6666-555555555555", "null"]),
    ("cluster.oidcIssuer", &["false", "null"]),
    ("cluster.workloadIdentity", &["true", "null"]),
    ("cluster.autoUpgrade", &["rapid", "none", "null"]),
    ("cluster.nodeOsUpgrade", &["unmanaged", "none", "null"]),
    (
        "cluster.identity",
        &["{ id: ID/../Microsoft.ManagedIdentity/userAssignedIdentities/i }", "null"],
    ),
    (
        "cluster.kubeletIdentity",
        &["true", "{ id: ID/../Microsoft.ManagedIdentity/userAssignedIdentities/i }", "null"],
    ),
    ("registry", &["{}", "{ id: ID/../Microsoft.ContainerRegistry/registries/theirs }", "null"]),
    ("registry.name", &["otherimages", "null"]),
    ("registry.sku", &["basic", "standard", "premium", "null"]),
    ("registry.adminUser", &["true", "false", "null"]),
    (
        "registry.properties",
        &["{ anonymousPullEnabled: true }", "{ dataEndpointEnabled: true }", "null"],
    ),
    ("monitoring", &["{}", "null"]),
    ("monitoring.logs", &["true", "false", "null"]),
    (
        "monitoring.logs.workspace",
        &["{}", "{ id: ID/../Microsoft.OperationalInsights/workspaces/theirs }", "null"],
    ),
    ("monitoring.logs.workspace.name", &["other-logs", "null"]),
    ("monitoring.logs.workspace.retentionDays", &["90", "null"]),
    (
        "monitoring.logs.workspace.properties",
        &["{ workspaceCapping: { dailyQuotaGb: 5 } }", "null"],
    ),
    ("monitoring.metrics", &["true", "false", "null"]),
    (
        "monitoring.metrics.workspace",
        &["{}", "{ id: ID/../Microsoft.Monitor/accounts/theirs }", "null"],
    ),
    ("monitoring.metrics.workspace.name", &["other-metrics", "null"]),
    (
        "workloadIdentities",
        &[
            "{ orders: { serviceAccounts: [shop/more] } }",
            "{ other: { serviceAccounts: [shop/x] } }",
            "{}",
            "null",
        ],
    ),
    ("pools[system].name", &["other"]),
    ("pools[system].mode", &["user", "null"]),
    ("pools[system].vmSize", &["Standard_D8s_v5", "null"]),
    ("pools[system].count", &["3", "0", "null"]),
    ("pools[system].autoscale", &["{ min: 1, max: 3 }", "null"]),
    ("pools[user].autoscale", &["{ min: 2, max: 6 }", "null"]),
    ("pools[user].count", &["3"]),
    ("pools[system].maxPods", &["60", "null"]),
    ("pools[system].zones", &["[3]", "[]", "null"]),
    ("pools[system].labels", &["{ x: '' }", "{ x: y }"]),
    ("pools[user].labels", &["{}", "null", "{ a: '1' }", "{ a: null }", "{ a: '2' }"]),
    ("pools[system].taints", &["['x=y:PreferNoSchedule']"]),
    ("pools[user].taints", &["[]", "null", "['k=w:NoSchedule']"]),
    ("pools[user].tags", &["{}", "null", "{ pool: '' }", "{ pool: null }", "{ new: x }"]),
    ("pools[system].osType", &["windows", "null"]),
    ("pools[system].osSku", &["AzureLinux", "null"]),
    ("pools[system].osDiskSizeGB", &["128", "null"]),
    ("pools[system].osDiskType", &["ephemeral", "null"]),
    ("pools[system].spot", &["{}", "null"]),
    ("pools[spare].spot", &["{ maxPrice: 1 }", "{ deleteOnEviction: false }", "null"]),
    ("pools[system].maxSurge", &["2", "null"]),
    ("pools[system].drainTimeoutMinutes", &["25", "null"]),
    ("cluster.addons.keyVault", &["true", "{ rotation: true, interval: 5m }", "false", "null"]),
    ("cluster.addons.azurePolicy", &["true", "false", "null"]),
    ("cluster.addons.keda", &["true", "false", "null"]),
    ("cluster.addons.vpa", &["true", "false", "null"]),
    ("cluster.addons.appRouting", &["true", "{ dnsZones: [] }", "false", "null"]),
    ("cluster.addons.istio", &["true", "{ revision: asm-1-27 }", "false", "null"]),
    (
        "cluster.addons.advancedNetworking",
        &["true", "{ observability: false }", "{ security: true }", "false", "null"],
    ),
    ("cluster.addons.imageCleaner", &["true", "{ intervalHours: 48 }", "false", "null"]),
    ("cluster.addons.costAnalysis", &["true", "false", "null"]),
    ("cluster.addons.defender", &["true", "false", "null"]),
    ("cluster.addons.nodeAutoProvisioning", &["true", "false", "null"]),
    ("cluster.storage.disk", &["false", "true", "null"]),
    ("cluster.storage.file", &["false", "true", "null"]),
    ("cluster.storage.blob", &["true", "false", "null"]),
    ("cluster.storage.snapshots", &["false", "true", "null"]),
    ("cluster.maintenance.default", &["[{ day: tuesday, hours: [1, 2] }]", "null"]),
    (
        "cluster.maintenance.autoUpgrade",
        &[
            "{ day: friday, start: '01:30', hours: 4 }",
            "{ date: 3, start: '02:00', hours: 8 }",
            "null",
        ],
    ),
    ("cluster.maintenance.nodeOs", &["{ start: '01:30', hours: 4 }", "null"]),
    ("pools[system].maxUnavailable", &["1", "null"]),
    ("pools[user].maxUnavailable", &["1", "0", "null"]),
    ("pools[user].nodeSoakMinutes", &["5", "0", "null"]),
    ("pools[user].undrainableNodes", &["cordon", "schedule", "null"]),
    ("pools[user].scaleDownMode", &["deallocate", "delete", "null"]),
    ("pools[user].kubeletDiskType", &["temporary", "os", "null"]),
    ("pools[user].encryptionAtHost", &["true", "false", "null"]),
    ("cluster.autoscalerProfile", &["{ expander: priority, scanInterval: 30s }", "null"]),
    ("pools[system].version", &["'1.33'", "'1.36'", "null"]),
    ("pools[system].subnet", &["two", "extra", "null"]),
    ("pools[system].podSubnet", &["more", "null"]),
    ("pools[system].nodePublicIP", &["true", "null"]),
    // What only akstool reads: nothing in Azure says it.
    ("metadata.ttl", &[]),
    ("network.avoid", &[]),
    ("network.subnets.nodes.reserve", &[]),
];

fn loaded(text: &str, set: Option<String>) -> Result<Loaded, String> {
    let overrides = Overrides { set: set.into_iter().collect(), ..Overrides::default() };
    load(text.as_bytes(), "law", &overrides).map_err(|problems| format!("{:?}", problems.list))
}

fn composed(loaded: &Loaded) -> Graph<Resource> {
    let subscription = sim::SUBSCRIPTION.to_owned();
    compose(&loaded.profile, &Setting { subscription, ..Setting::default() })
}

/// Everything that a plan and a profile say, and whether anything changes.
fn said(loaded: &Loaded, observed: &Observed) -> (bool, BTreeSet<String>) {
    let place = environment(&loaded.profile);
    let plan = plan(&place, &composed(loaded), observed, &Allowance::default());
    let acts = plan.steps.iter().any(|(_, step)| step.action != Action::Keep);
    let told = plan.said().map(ToString::to_string);
    let refused = plan.refusals.iter().map(akstool::plan::Refusal::sentence);
    let advice = loaded.advice.list.iter().map(|problem| problem.what.clone());
    (acts, told.chain(refused).chain(advice).collect())
}

fn ids(loaded: &Loaded) -> Vec<ResourceId> {
    composed(loaded).iter().map(|(_, resource)| resource.id.clone()).collect()
}

async fn seen(world: &World, loaded: &Loaded) -> Observed {
    let place = environment(&loaded.profile);
    observe(&world.arm, &place, &composed(loaded), false).await.expect("the scenario holds")
}

#[test]
fn an_edit_acts_or_is_told_or_means_the_same() {
    in_virtual_time(async {
        let mut ignored = Vec::new();
        let bases = [
            ("overlay", OVERLAY),
            ("routed", ROUTED),
            ("translated", TRANSLATED),
            ("managed", MANAGED),
            ("pods", PODS),
            ("private", PRIVATE),
        ];
        for (name, text) in bases {
            let base = loaded(text, None).unwrap_or_else(|problems| panic!("{name}: {problems}"));
            let world = World::new(sim::fault::Script::default());
            let outcome = world.up(&base.profile).await;
            assert!(outcome.failed.is_empty(), "{name}: {:?}", outcome.failed);
            let standing = seen(&world, &base).await;
            let (acts, before) = said(&base, &standing);
            assert!(!acts, "{name} is not settled: {before:?}");
            for (path, values) in EDITS {
                let is_there = |start: &str| {
                    !path.starts_with(start)
                        || text.contains(&format!("name: {}", &start[6..start.len() - 1]))
                };
                if !["pools[user]", "pools[spare]"].iter().all(|pool| is_there(pool)) {
                    continue;
                }
                for value in *values {
                    let value = value.replace(
                        "ID/../Microsoft",
                        &NETWORK.replace("Microsoft.Network", "Microsoft"),
                    );
                    let value = value.replace("ID/", &format!("{NETWORK}/"));
                    let Ok(edited) = loaded(text, Some(format!("{path}={value}"))) else {
                        continue;
                    };
                    let (acts, told) = if ids(&edited) == ids(&base) {
                        said(&edited, &standing)
                    } else {
                        said(&edited, &seen(&world, &edited).await)
                    };
                    let is_blank = !edited.blanks.is_empty();
                    // Where nothing of it is said nothing is to be emptied.
                    let leaf = path.rsplit('.').next().expect("a path");
                    let owner = path.split('.').rev().nth(1).unwrap_or_default();
                    let owner = text.lines().find(|line| line.contains(&format!(" {owner}: ")));
                    let is_said = owner.unwrap_or(text).contains(leaf);
                    let is_empty = ["null", "[]"].contains(&value.as_str());
                    let is_same = edited.profile == base.profile
                        || (is_empty || is_as_azure_has_it(path, &value)) && !is_said
                        || SAME.contains(&(path, value.as_str()));
                    if !acts && !is_blank && !is_same && told.is_subset(&before) {
                        ignored.push(format!("{name}: {path}={value}"));
                    }
                }
            }
        }
        assert!(ignored.is_empty(), "ignored without a word:\n{}", ignored.join("\n"));
    });
}

/// Returns the paths of all fields, items of lists and entries of maps passed through.
fn fields(schema: &Value, root: &Value, path: &str, found: &mut BTreeSet<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &root["$defs"][name.rsplit('/').next().unwrap_or_default()],
        None => schema,
    };
    for choice in ["anyOf", "oneOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        fields(choice, root, path, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.insert(below.clone());
        fields(field, root, &below, found);
    }
    if schema["items"].is_object() {
        fields(&schema["items"], root, path, found);
    }
    if schema["additionalProperties"].is_object() {
        fields(&schema["additionalProperties"], root, path, found);
    }
}

#[test]
fn every_field_of_the_schema_is_edited() {
    let schema = schema_json();
    let mut all = BTreeSet::new();
    fields(&schema, &schema, "", &mut all);
    let plain = |path: &str| path.replace(".nodes", "").replace(".new", "");
    let edited: BTreeSet<String> = EDITS
        .iter()
        .map(|(path, _)| {
            let start = path.find('[').map_or(path.len(), |at| at);
            let end = path.find(']').map_or(path.len(), |at| at + 1);
            plain(&format!("{}{}", &path[..start], &path[end..]))
        })
        .collect();
    // A section counts by its fields, and a part of a list or a reference by the whole.
    let parts = [
        "network.peerings.",
        "network.bastion.",
        "network.jumpHost.",
        "network.privateEndpoints.",
        "network.privateZones.",
        "network.routes.",
        "network.securityRules.",
        "pools.spot.",
        "pools.autoscale.",
        "network.outbound.natGateway.",
        "cluster.addons.",
        "cluster.autoscalerProfile.",
        "cluster.maintenance.autoUpgrade.",
        "cluster.maintenance.default.",
        "cluster.maintenance.nodeOs.",
        "workloadIdentities.",
        // How a pool goes is seen where one goes: the laws of rotation.
        "pools.successor",
        "pools.ignorePodDisruptionBudget",
        // Whole documents, and whose a cluster is, have laws of their own.
        "resources",
        "cluster.adopted",
        "network.routeTable.",
        "network.securityGroup.",
        "network.subnets.routeTable.",
        "network.subnets.securityGroup.",
    ];
    let covered = |path: &String| {
        edited.contains(path)
            || edited.iter().any(|one| one.starts_with(&format!("{path}.")))
            || parts.iter().any(|part| path.starts_with(part))
            || path.strip_suffix(".id").is_some_and(|whole| edited.contains(whole))
    };
    let missing: Vec<&String> = all.iter().filter(|path| !covered(path)).collect();
    assert!(missing.is_empty(), "no edit of {missing:?}");
}
