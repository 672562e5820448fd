//! Managed clusters: the control plane and how it is wired to its network.

mod api_server;
mod rules;

use serde_json::{Map, Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits, autoscaler};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Rule};
use crate::profile::schema::{
    AutoUpgrade, Cluster as Wish, Dataplane, Model, Network, NetworkMode, NetworkPolicy,
    NodeOsUpgrade, Outbound, OutboundType, Plugin, SupportPlan, Tier,
};
use crate::profile::switches;

/// An AKS cluster, without its pools: those are kinds of their own and join the first `PUT` only.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// What the profile says of the control plane.
    pub wish: Wish,
    /// What the profile says of the network.
    pub network: Network,
    /// The ranges that pods and services get.
    pub ranges: Ranges,
    /// The first part of the API server's name, if this is a new cluster's.
    pub dns_prefix: String,
    /// The identity of the control plane; `None` is one that Azure makes and owns.
    pub identity: Option<ResourceId>,
    /// Whom the nodes act as; `None` is whomever they do, in a new cluster one that AKS makes.
    pub kubelet: Option<ResourceId>,
    /// The zone for the API server's private name, if it is not AKS's own.
    pub dns_zone: Option<ResourceId>,
    /// The subnet that the API server stands in, if it is one of the network's.
    pub api_server_subnet: Option<ResourceId>,
    /// The version in Azure's spelling, if one is asked for.
    pub version: Option<String>,
    /// Where its logs go, if that is said.
    pub logs: Option<Logs>,
    /// Whether its metrics are collected, if that is said.
    pub metrics: Option<bool>,
    /// Whether it is spoken to in a preview version, in which some settings stand in two places.
    pub is_preview: bool,
    /// What must come before and does not show in the body: the subnets of the pools that are
    /// created with the cluster, and the roles without which AKS refuses the network.
    pub after: Vec<ResourceId>,
}

/// Where the logs of a cluster go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logs {
    /// Nowhere.
    Off,
    /// Into this workspace.
    To(ResourceId),
}

/// The ranges inside the cluster; empty where Azure's defaults are wanted.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    /// The pods' ranges, IPv4 first.
    pub pods: Vec<Range>,
    /// The services' ranges, IPv4 first.
    pub services: Vec<Range>,
}

impl Kind for Cluster {
    const TYPE: &'static str = "Microsoft.ContainerService/managedClusters";
    const API: ApiVersion = ApiVersion::new("2025-10-01");
    const RULES: &'static [Rule] = rules::RULES;
    const TRAITS: Traits = Traits {
        noun: "cluster",
        command: "aks",
        wants: "",
        pattern: Some("{name}"),
        // Creation 303 s in the median, 1,480 at most (529 recorded); deletion 195 to 249 s.
        pace: Pace::new(Takes { creation: 300, change: 116, deletion: 195 }, 5, 5400),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("eTag"),
        asks: None,
        for_good: None,
        holds: &["properties.agentPoolProfiles"],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[
            "properties.networkProfile.outboundType",
            "properties.networkProfile.loadBalancerProfile.managedOutboundIPs",
            "properties.networkProfile.loadBalancerProfile.outboundIPs",
            "properties.networkProfile.loadBalancerProfile.outboundIPPrefixes",
            "properties.networkProfile.natGatewayProfile.managedOutboundIPProfile",
        ],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let mut body = Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "identity": self.identity(),
            "properties": {
                "dnsPrefix": self.dns_prefix,
                "enableRBAC": true,
                "networkProfile": self.network_profile(),
            },
        }));
        if self.wish.is_adopted() && self.identity.is_none() {
            // Whatever it acts as, it does so already.
            if let Some(members) = body.value_mut().as_object_mut() {
                members.remove("identity");
            }
        }
        self.control_plane(&mut body);
        body
    }

    fn after(&self) -> Vec<ResourceId> {
        self.after.clone()
    }

    fn unsaid(&self) -> &'static [Rule] {
        // A name that is derived must not rebuild a cluster that another name was derived for.
        if self.wish.dns_prefix.is_none() { &[CreateOnly("properties.dnsPrefix")] } else { &[] }
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some(
            "all that runs on it is lost, with every disk, address and load balancer in the group \
             of its nodes, and its API server gets another name"
                .to_owned(),
        )
    }
}

impl Cluster {
    /// Returns the directory's name for the identity that the nodes of a cluster act as, known once
    /// it stands.
    pub fn nodes(id: &ResourceId) -> Later {
        Later {
            of: id.clone(),
            at: "properties.identityProfile.kubeletidentity.objectId".to_owned(),
        }
    }

    /// Returns who signs the tokens of a cluster's service accounts, known once it stands.
    pub fn issuer(id: &ResourceId) -> Later {
        Later { of: id.clone(), at: "properties.oidcIssuerProfile.issuerURL".to_owned() }
    }

    fn identity(&self) -> Value {
        match &self.identity {
            None => json!({ "type": "SystemAssigned" }),
            Some(id) => {
                let entry = Map::from_iter([(id.to_string(), json!({}))]);
                json!({ "type": "UserAssigned", "userAssignedIdentities": entry })
            }
        }
    }

    /// Long-term support comes with the premium tier alone: who says another one gives it up.
    fn support_plan(&self) -> Option<SupportPlan> {
        let other = self.wish.tier.filter(|tier| *tier != Tier::Premium);
        self.wish.support_plan.or(other.map(|_| SupportPlan::Community))
    }

    fn control_plane(&self, body: &mut Body) {
        let wish = &self.wish;
        let mut put = |path: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.set(path, value);
            }
        };
        put("sku", wish.tier.map(|tier| json!({ "name": "Base", "tier": tier_name(tier) })));
        put("properties.kubernetesVersion", self.version.as_ref().map(|v| json!(v)));
        put("properties.supportPlan", self.support_plan().map(|plan| json!(support_plan(plan))));
        put("properties.nodeResourceGroup", wish.node_resource_group.as_ref().map(|n| json!(n)));
        put("properties.disableLocalAccounts", wish.local_accounts.map(|on| json!(!on)));
        let issuer = wish.oidc_issuer.unwrap_or(true);
        put(
            "properties.identityProfile.kubeletidentity",
            self.kubelet.as_ref().map(|id| json!({ "resourceId": id })),
        );
        put("properties.oidcIssuerProfile", Some(json!({ "enabled": issuer })));
        put(
            "properties.securityProfile.workloadIdentity",
            wish.workload_identity.map(|on| json!({ "enabled": on })),
        );
        let (zone, subnet) = (self.dns_zone.as_ref(), self.api_server_subnet.as_ref());
        for (at, value) in api_server::said(wish.api_server.as_ref(), zone, subnet) {
            put(&at, Some(value));
        }
        put(
            "properties.autoUpgradeProfile.upgradeChannel",
            wish.auto_upgrade.map(|c| json!(channel(c))),
        );
        put(
            "properties.autoUpgradeProfile.nodeOSUpgradeChannel",
            wish.node_os_upgrade.map(|c| json!(node_channel(c))),
        );
        let said = serde_json::to_value(wish).unwrap_or_default();
        for (at, value) in switches::places(&said) {
            put(&format!("properties.{at}"), Some(value));
        }
        put("properties.addonProfiles.omsagent", self.logs.as_ref().map(omsagent));
        // Where both are known Azure takes this one, and leaves the add-on as it was when only that
        // is changed (`ext-aks_create_with_monitoring_legacy_auth`).
        let twice = self.logs.as_ref().filter(|_| self.is_preview).map(container_insights);
        put("properties.azureMonitorProfile.containerInsights", twice);
        put("properties.azureMonitorProfile.metrics.enabled", self.metrics.map(Value::from));
        put("properties.autoScalerProfile", wish.autoscaler_profile.as_ref().map(autoscaler::body));
    }

    fn network_profile(&self) -> Value {
        let network = &self.network;
        let mut profile = Map::new();
        let mut put = |name: &str, value: Value| profile.insert(name.to_owned(), value);
        put("networkPlugin", json!(plugin(network.plugin)));
        put("loadBalancerSku", json!("standard"));
        put("outboundType", json!(network.outbound_type()));
        let is_overlay =
            network.plugin == Plugin::None && network.mode == Some(NetworkMode::Overlay);
        if network.model() == Model::Overlay || is_overlay {
            put("networkPluginMode", json!("overlay"));
        } else if network.plugin == Plugin::Azure && network.mode.is_some() {
            // Said on purpose: a cluster that was moved to overlay is not what is asked for.
            put("networkPluginMode", Value::Null);
        }
        if network.plugin == Plugin::Azure && (network.is_cilium() || network.dataplane.is_some()) {
            put("networkDataplane", json!(dataplane(network.dataplane_or_default())));
        }
        // Without a plugin nothing of AKS's enforces policies, and it refuses to be told one.
        let enforces = network.plugin != Plugin::None;
        if enforces && (network.policy.is_some() || network.is_cilium()) {
            put("networkPolicy", json!(policy(network.policy_or_default())));
        }
        ranges(&self.ranges, network, &mut put);
        if let Some(outbound) = &network.outbound {
            way_out(network, outbound, &mut put);
        }
        Value::Object(profile)
    }
}

/// The agent that sends the logs, by its old name. It logs in by a managed identity: by the key of
/// the workspace it may not any more (since September 2026).
fn omsagent(logs: &Logs) -> Value {
    match logs {
        Logs::Off => json!({ "enabled": false }),
        Logs::To(workspace) => json!({
            "enabled": true,
            "config": { "logAnalyticsWorkspaceResourceID": workspace, "useAADAuth": "true" },
        }),
    }
}

/// The same by its new name.
fn container_insights(logs: &Logs) -> Value {
    match logs {
        Logs::Off => json!({ "enabled": false }),
        Logs::To(workspace) => {
            json!({ "enabled": true, "logAnalyticsWorkspaceResourceId": workspace })
        }
    }
}

fn ranges(ranges: &Ranges, network: &Network, put: &mut impl FnMut(&str, Value) -> Option<Value>) {
    network.ip_families.as_ref().map(|families| put("ipFamilies", json!(families)));
    let lists = [("podCidr", &ranges.pods), ("serviceCidr", &ranges.services)];
    for (name, ranges) in lists {
        match ranges.as_slice() {
            [] => None,
            [one] if one.is_ipv4() => put(name, json!(one)),
            several => put(&format!("{name}s"), json!(several)),
        };
    }
    // Azure's own default lies in its own default range; with another range one must be named.
    let tenth = ranges.services.first().and_then(|range| range.nth(10));
    let dns = network.dns_service_ip.or(tenth);
    dns.map(|address| put("dnsServiceIP", json!(address)));
}

fn way_out(
    network: &Network,
    outbound: &Outbound,
    put: &mut impl FnMut(&str, Value) -> Option<Value>,
) {
    let managed = |v4: Option<u32>, v6: Option<u32>| {
        let mut ips = Map::new();
        v4.map(|count| ips.insert("count".into(), json!(count)));
        v6.map(|count| ips.insert("countIPv6".into(), json!(count)));
        (!ips.is_empty()).then_some(Value::Object(ips))
    };
    match outbound.kind {
        OutboundType::LoadBalancer => {
            let mut profile = Map::new();
            let ips: Vec<Value> =
                outbound.public_ips.iter().map(|id| json!({ "id": id })).collect();
            let prefixes: Vec<Value> =
                outbound.public_ip_prefixes.iter().map(|id| json!({ "id": id })).collect();
            if !prefixes.is_empty() {
                profile
                    .insert("outboundIPPrefixes".into(), json!({ "publicIPPrefixes": prefixes }));
            } else if !ips.is_empty() {
                profile.insert("outboundIPs".into(), json!({ "publicIPs": ips }));
            } else if let Some(ips) = managed(
                outbound.managed_ips,
                // AKS refuses addresses of a family that the cluster does not have.
                outbound.managed_ips_v6.filter(|_| network.is_dual_stack()),
            ) {
                profile.insert("managedOutboundIPs".into(), ips);
            }
            outbound
                .allocated_ports
                .map(|n| profile.insert("allocatedOutboundPorts".into(), json!(n)));
            outbound
                .idle_timeout_minutes
                .map(|n| profile.insert("idleTimeoutInMinutes".into(), json!(n)));
            if !profile.is_empty() {
                put("loadBalancerProfile", Value::Object(profile));
            }
        }
        OutboundType::ManagedNatGateway => {
            let gateway = outbound.nat_gateway.clone().unwrap_or_default();
            let mut profile = Map::new();
            managed(gateway.public_ips, None)
                .map(|ips| profile.insert("managedOutboundIPProfile".into(), ips));
            gateway
                .idle_timeout_minutes
                .map(|n| profile.insert("idleTimeoutInMinutes".into(), json!(n)));
            if !profile.is_empty() {
                put("natGatewayProfile", Value::Object(profile));
            }
        }
        _ => {}
    }
}

const fn plugin(plugin: Plugin) -> &'static str {
    match plugin {
        Plugin::Kubenet => "kubenet",
        Plugin::Azure => "azure",
        Plugin::None => "none",
    }
}

const fn dataplane(dataplane: Dataplane) -> &'static str {
    match dataplane {
        Dataplane::Azure => "azure",
        Dataplane::Cilium => "cilium",
    }
}

const fn policy(policy: NetworkPolicy) -> &'static str {
    match policy {
        NetworkPolicy::None => "none",
        NetworkPolicy::Calico => "calico",
        NetworkPolicy::Azure => "azure",
        NetworkPolicy::Cilium => "cilium",
    }
}

const fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Free => "Free",
        Tier::Standard => "Standard",
        Tier::Premium => "Premium",
    }
}

const fn support_plan(plan: SupportPlan) -> &'static str {
    match plan {
        SupportPlan::Community => "KubernetesOfficial",
        SupportPlan::LongTerm => "AKSLongTermSupport",
    }
}

const fn channel(channel: AutoUpgrade) -> &'static str {
    match channel {
        AutoUpgrade::None => "none",
        AutoUpgrade::Patch => "patch",
        AutoUpgrade::Stable => "stable",
        AutoUpgrade::Rapid => "rapid",
        AutoUpgrade::NodeImage => "node-image",
    }
}

const fn node_channel(channel: NodeOsUpgrade) -> &'static str {
    match channel {
        NodeOsUpgrade::None => "None",
        NodeOsUpgrade::Unmanaged => "Unmanaged",
        NodeOsUpgrade::SecurityPatch => "SecurityPatch",
        NodeOsUpgrade::NodeImage => "NodeImage",
    }
}
