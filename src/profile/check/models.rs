//! What the network models take and what they refuse: plugin, mode, data plane, policy, families.
//!
//! Source: learn.microsoft.com, configure-kubenet, azure-cni-overlay, configure-dual-stack,
//! azure-cni-powered-by-cilium, use-network-policies, concepts-network-azure-cni-pod-subnet.

use super::Rules;
use super::syntax::version;
use crate::address::demand::BLOCK;
use crate::address::model::KUBENET_RETIREMENT;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::schema::{
    Cidr, Dataplane, IpFamily, Model, NetworkMode, NetworkPolicy, OutboundType, Plugin,
};

/// The first minor version that hands out pod addresses in static blocks.
const STATIC_SINCE: u32 = 28;

/// The widest pod subnet with static blocks (concepts-network-azure-cni-pod-subnet).
const WIDEST_STATIC: u8 = 12;

pub(super) fn check(rules: &mut Rules<'_>) {
    policy(rules);
    families(rules);
    static_blocks(rules);
    overlay_machines(rules);
    retirement(rules);
    unused_of_model(rules);
    unused_of_families(rules);
}

fn policy(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let (policy, plugin) = (network.policy_or_default(), network.plugin);
    let path = "network.policy";
    match (plugin, policy) {
        (_, NetworkPolicy::None) => {}
        (Plugin::None, _) => rules.unused(path, "the plugin that you install enforces policies"),
        (Plugin::Kubenet, NetworkPolicy::Azure | NetworkPolicy::Cilium) => {
            rules
                .error(path, "kubenet knows no network policies but Calico's")
                .also("network.plugin", "kubenet")
                .hint(
                    "`calico` or `none` go with kubenet; `network.plugin: azure` takes all of them",
                );
        }
        (Plugin::Azure, NetworkPolicy::Cilium) if !network.is_cilium() => {
            rules
                .error(path, "Cilium's network policies need its data plane")
                .also("network.dataplane", "azure")
                .hint("set `network.dataplane: cilium`");
        }
        (Plugin::Azure, NetworkPolicy::Azure | NetworkPolicy::Calico) if network.is_cilium() => {
            rules
                .error(path, "the Cilium data plane enforces policies itself")
                .also("network.dataplane", "Cilium")
                .hint("leave `policy` out, or set it to `cilium`");
        }
        (Plugin::Azure, NetworkPolicy::Azure) => {
            rules
                .advice(
                    path,
                    "Azure's network policies on Linux end on 30 September 2028, and \
                     serve at most 250 nodes",
                )
                .hint("`dataplane: cilium` brings policies of its own");
        }
        _ => {}
    }
}

fn families(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let Some(families) = network.ip_families.as_deref() else { return };
    let path = "network.ipFamilies";
    match families {
        [IpFamily::V4] => {}
        [IpFamily::V4, IpFamily::V6] if network.model() == Model::Overlay => dual_stack(rules),
        [IpFamily::V4, IpFamily::V6] => {
            let model = network.model();
            let (place, what) = match network.plugin {
                Plugin::Azure => ("network.mode", "the mode"),
                Plugin::Kubenet | Plugin::None => ("network.plugin", "the plugin"),
            };
            rules
                .error(
                    path,
                    format!(
                        "IPv4 and IPv6 together are offered on overlay only, not with {}",
                        model.title()
                    ),
                )
                .also(place, what)
                .hint("set `plugin: azure` and `mode: overlay`");
        }
        [IpFamily::V6] => {
            let what = "IPv6 alone is not offered by AKS";
            rules.error(path, what).hint("write `[IPv4, IPv6]`");
        }
        _ => {
            let what = "the families are `[IPv4]` or `[IPv4, IPv6]`, in this order";
            rules.error(path, what);
        }
    }
}

/// A network of our own carries ranges of both families when the cluster does.
fn dual_stack(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let Some(vnet) = profile.network.vnet.as_ref().filter(|vnet| vnet.id.is_none()) else { return };
    if !vnet.cidrs.iter().any(|range| !range.is_ipv4()) {
        rules
            .error("network.vnet", "the virtual network has no IPv6 range")
            .also("network.ipFamilies", "the cluster has both families")
            .hint("add one: `cidrs: [\"fd00:db8:deca::/48\"]`");
    }
    for (name, subnet) in &profile.network.subnets {
        let used = profile.pools.iter().any(|pool| pool.subnet_or_default() == name);
        if used && subnet.id.is_none() && subnet.cidr_v6.is_none() {
            rules
                .error(
                    &key_path("network.subnets", name),
                    format!("the subnet `{}` has no IPv6 range", quote(name)),
                )
                .also("network.ipFamilies", "the cluster has both families")
                .hint("add one inside the network's: `cidrV6: \"fd00:db8:deca:1::/64\"`");
        }
    }
}

fn static_blocks(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    if profile.model() != Model::PodSubnetStatic {
        return;
    }
    let written = profile.cluster.version.as_deref();
    if let Some((1, minor, _)) = written.and_then(version).filter(|v| v.1 < STATIC_SINCE) {
        rules
            .error(
                "network.podAllocation",
                format!("static blocks need Kubernetes 1.{STATIC_SINCE}, not 1.{minor}"),
            )
            .also("cluster.version", "the version");
    }
    for (name, subnet) in &profile.network.subnets {
        let serves_pods = profile.pools.iter().any(|pool| pool.pod_subnet_or_default() == name);
        let range = subnet.cidr.and_then(Cidr::range);
        if range.is_some_and(|range| serves_pods && range.prefix() < WIDEST_STATIC) {
            let path = format!("{}.cidr", key_path("network.subnets", name));
            let what = format!("a subnet of static blocks is at most a /{WIDEST_STATIC}");
            rules.error(&path, what).also("network.podAllocation", "static");
        }
    }
    for (index, pool) in profile.pools.iter().enumerate() {
        let pods = u128::from(profile.max_pods(pool));
        let blocks = (pods + 1).div_ceil(BLOCK);
        let spare = blocks * BLOCK - 1 - pods;
        if spare > 0 {
            let best = (blocks * BLOCK - 1).min(250 / BLOCK * BLOCK - 1);
            rules
                .advice(
                    &format!("pools[{index}].maxPods"),
                    format!(
                        "{pods} pods leave {spare} addresses of {blocks} blocks unused on \
                         every node"
                    ),
                )
                .hint(format!("16 × N − 1 pods waste nothing: `maxPods: {best}`"));
        }
    }
}

/// Overlay refuses second-generation confidential machines.
fn overlay_machines(rules: &mut Rules<'_>) {
    if rules.profile.model() != Model::Overlay {
        return;
    }
    for (index, pool) in rules.profile.pools.iter().enumerate() {
        let size = pool.vm_size.to_ascii_lowercase();
        let digits = size
            .strip_prefix("standard_dc")
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        if digits == Some("s_v2") {
            rules
                .error(
                    &format!("pools[{index}].vmSize"),
                    format!("overlay takes no `{}`", quote(&pool.vm_size)),
                )
                .also("network.mode", "overlay")
                .hint("the sizes of DCsv3 and DCasv5 work");
        }
    }
}

fn retirement(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    if network.plugin == Plugin::Kubenet {
        let name = rules.profile.metadata.name.clone();
        rules
            .advice("network.plugin", format!("Azure retires kubenet on {KUBENET_RETIREMENT}"))
            .hint(format!(
                "`plugin: azure` with `mode: overlay` is its successor; `akstool migrate {name} --to \
                 overlay` moves a cluster"
            ));
    }
    if network.plugin == Plugin::Azure && network.mode.is_none() {
        rules
            .advice(
                "network.plugin",
                "without a `mode` Azure takes `node-subnet`: every pod \
                 takes an address of the node subnet",
            )
            .hint(
                "write `mode: node-subnet` if that is meant; `mode: overlay` takes one \
                 address per node",
            );
    }
}

fn unused_of_model(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let model = network.model();
    let with = format!("not used with {}", model.title());
    // A plugin that the user installs may run over Azure's overlay, with a range told to AKS.
    let over_azure = network.plugin == Plugin::None && network.mode == Some(NetworkMode::Overlay);
    if network.plugin != Plugin::Azure {
        if !over_azure {
            rules.unused("network.mode", &with);
        }
        if network.dataplane == Some(Dataplane::Cilium) {
            rules.unused("network.dataplane", &with);
        }
    }
    if !model.has_pod_range() && model != Model::BringYourOwn {
        rules.unused("network.podCidr", &with);
    }
    if !model.has_pod_subnet() {
        rules.unused("network.podAllocation", &with);
        if !uses_subnet(rules, "pods") {
            rules.unused("network.subnets.pods", &with);
        }
        for index in 0..rules.profile.pools.len() {
            rules.unused(&format!("pools[{index}].podSubnet"), &with);
        }
    }
    let routed = network.outbound_type() == OutboundType::UserDefinedRouting;
    if model != Model::Kubenet && !routed {
        rules.unused(
            "network.routeTable",
            "only kubenet and `userDefinedRouting` have a route table",
        );
    }
}

fn uses_subnet(rules: &Rules<'_>, name: &str) -> bool {
    rules.profile.pools.iter().any(|pool| pool.subnet_or_default() == name)
}

fn unused_of_families(rules: &mut Rules<'_>) {
    if rules.profile.network.is_dual_stack() {
        return;
    }
    let why = "the cluster has IPv4 only; `ipFamilies: [IPv4, IPv6]` changes that";
    rules.unused("network.podCidrV6", why);
    rules.unused("network.serviceCidrV6", why);
    rules.unused("network.outbound.managedIPsV6", why);
}
