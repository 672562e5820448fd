//! Windows pools: what they cannot be, and which networks take them.

use super::Rules;
use crate::profile::problem::quote;
use crate::profile::schema::{Model, NetworkPolicy, OsType, PoolMode};

/// The longest name of a Windows pool (create-node-pools).
const NAME: usize = 6;

/// Pods on one Windows node that Azure advises on overlay (concepts-network-azure-cni-overlay).
const OVERLAY_PODS: u32 = 110;

pub(super) fn check(rules: &mut Rules<'_>) {
    for index in 0..rules.profile.pools.len() {
        let pool = &rules.profile.pools[index];
        let windows = pool.os_type_or_default() == OsType::Windows;
        edition(rules, index, windows);
        if windows {
            this_pool(rules, index);
            its_network(rules, index);
        }
    }
}

fn edition(rules: &mut Rules<'_>, index: usize, windows: bool) {
    let Some(sku) = rules.profile.pools[index].os_sku.as_deref() else { return };
    if sku.to_ascii_lowercase().starts_with("windows") != windows {
        let system = if windows { "Windows" } else { "Linux" };
        rules
            .error(
                &format!("pools[{index}].osSku"),
                format!("`{}` is no edition of {system}", quote(sku)),
            )
            .also(&format!("pools[{index}].osType"), format!("the pool runs {system}"));
    }
}

fn this_pool(rules: &mut Rules<'_>, index: usize) {
    let pool = &rules.profile.pools[index];
    let os_path = format!("pools[{index}].osType");
    let length = pool.name.len();
    if length > NAME {
        rules
            .error(
                &format!("pools[{index}].name"),
                format!(
                    "`{}` has {length} characters; a Windows pool's name has at most {NAME}",
                    quote(&pool.name)
                ),
            )
            .also(&os_path, "Windows");
    }
    if pool.mode_or_default() == PoolMode::System {
        rules
            .error(&format!("pools[{index}].mode"), "a system pool runs Linux")
            .also(&os_path, "Windows")
            .hint("make this a `user` pool and add a Linux pool with `mode: system`");
    }
}

fn its_network(rules: &mut Rules<'_>, index: usize) {
    let profile = rules.profile;
    let (pool, model) = (&profile.pools[index], profile.model());
    let os_path = format!("pools[{index}].osType");
    if model == Model::Kubenet {
        rules
            .error(&os_path, "kubenet takes no Windows pools")
            .also("network.plugin", "kubenet")
            .hint("`network.plugin: azure` does");
    }
    if profile.network.is_cilium() {
        rules
            .error(&os_path, "the Cilium data plane takes no Windows pools")
            .also("network.dataplane", "Cilium")
            .hint("the `azure` data plane does");
    }
    if profile.network.policy == Some(NetworkPolicy::Azure) {
        rules
            .advice(
                "network.policy",
                "Azure's network policies on Windows are out of support since 30 September 2026",
            )
            .also(&os_path, "Windows")
            .hint("`calico` serves Windows too");
    }
    let pods = profile.max_pods(pool);
    if model == Model::Overlay && pods > OVERLAY_PODS {
        rules
            .advice(
                &format!("pools[{index}].maxPods"),
                format!(
                    "{pods} pods on one Windows node; Azure advises at most {OVERLAY_PODS} \
                     on overlay"
                ),
            )
            .also(&os_path, "Windows");
    }
}
