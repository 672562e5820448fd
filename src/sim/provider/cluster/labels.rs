//! Labels and taints of a pool: whose prefixes they may have.

use serde_json::Value;

use super::super::super::body;
use super::super::super::error::Refusal;

/// What AKS keeps for its own labels (github.com/ams0/aks-nvme-ssd-provisioner/issues/5).
const OWN: &str = "kubernetes.azure.com";

/// Labels in Kubernetes' own namespace that a kubelet may set, and prefixes that are free
/// (github.com/Azure/AKS/issues/1937).
const KNOWN: [&str; 14] = [
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.kubernetes.io/region",
    "failure-domain.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/instance-type",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
const FREE: [&str; 2] = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/// Refuses labels with a prefix that is not the client's. What stands may be sent back: AKS writes
/// labels of its own there.
pub(crate) fn check(given: &Value, old: Option<&Value>) -> Result<(), Refusal> {
    let spot = body::text(given, "/scaleSetPriority") == Some("Spot")
        || old.is_some_and(|old| body::text(old, "/scaleSetPriority") == Some("Spot"));
    for (key, value) in given.get("nodeLabels").and_then(Value::as_object).into_iter().flatten() {
        let stands = old.and_then(|old| old.get("nodeLabels")?.get(key)) == Some(value);
        let spots_own = spot && key == "kubernetes.azure.com/scalesetpriority" && value == "spot";
        if !stands && !spots_own {
            label(key, value.as_str().unwrap_or_default())?;
        }
    }
    Ok(())
}

fn label(key: &str, value: &str) -> Result<(), Refusal> {
    let Some((prefix, _)) = key.split_once('/') else { return Ok(()) };
    let below = |domain: &str| {
        prefix == domain || prefix.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    if below(OWN) {
        return Err(Refusal::aks(
            400,
            "BadRequest",
            format!(
                "Invalid node label key {key}. The '{OWN}' prefix is preserved by aks system labels"
            ),
        ));
    }
    let free = FREE.iter().any(|domain| below(domain)) || KNOWN.contains(&key);
    if free || !(below("kubernetes.io") || below("k8s.io")) {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "BadRequest",
        "For Kubernetes version greater than or equal to 1.16, node label keys in the \
         'kubernetes.io' or 'k8s.io' namespace must begin with an allowed prefix \
         (kubelet.kubernetes.io, node.kubernetes.io). For more information, please check \
         https://aka.ms/aks-node-labels-116.",
    )
    .target(format!("{key}={value}")))
}
