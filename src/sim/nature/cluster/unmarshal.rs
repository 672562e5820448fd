//! What AKS cannot read of a body: fields it does not know, and values of another type.
//!
//! The fields are those of the type tables of 2025-10-01 and 2026-05-01 and of every recorded body;
//! a preview may hold others and is let through. The error is the one of
//! github.com/Azure/azure-rest-api-specs/issues/40740.

use serde_json::Value;

use super::super::super::body;
use super::super::super::error::Refusal;

/// What `properties` of a cluster may hold.
const CLUSTER: [&str; 52] = [
    "aadProfile",
    "addonProfiles",
    "agentPoolProfiles",
    "aiToolchainOperatorProfile",
    "apiServerAccessProfile",
    "autoScalerProfile",
    "autoUpgradeProfile",
    "azureMonitorProfile",
    "azurePortalFQDN",
    "bootstrapProfile",
    "controlPlanePluginProfiles",
    "controlPlaneProfile",
    "creationData",
    "currentKubernetesVersion",
    "disableLocalAccounts",
    "diskEncryptionSetID",
    "dnsPrefix",
    "enableFIPS",
    "enablePodSecurityPolicy",
    "enableRBAC",
    "fqdn",
    "fqdnSubdomain",
    "hostedSystemProfile",
    "httpProxyConfig",
    "identityProfile",
    "ingressProfile",
    "kubernetesVersion",
    "linuxProfile",
    "maxAgentPools",
    "metricsProfile",
    "networkProfile",
    "nodeProvisioningProfile",
    "nodeResourceGroup",
    "nodeResourceGroupProfile",
    "oidcIssuerProfile",
    "podIdentityProfile",
    "powerState",
    "privateFQDN",
    "privateLinkResources",
    "provisioningState",
    "publicNetworkAccess",
    "resourceUID",
    "schedulerProfile",
    "securityProfile",
    "serviceMeshProfile",
    "servicePrincipalProfile",
    "status",
    "storageProfile",
    "supportPlan",
    "upgradeSettings",
    "windowsProfile",
    "workloadAutoScalerProfile",
];

/// What a pool may hold.
const POOL: [&str; 60] = [
    "artifactStreamingProfile",
    "availabilityZones",
    "capacityReservationGroupID",
    "count",
    "creationData",
    "currentOrchestratorVersion",
    "eTag",
    "enableAutoScaling",
    "enableCustomCATrust",
    "enableEncryptionAtHost",
    "enableFIPS",
    "enableNodePublicIP",
    "enableUltraSSD",
    "gatewayProfile",
    "gpuInstanceProfile",
    "gpuProfile",
    "hostGroupID",
    "kubeletConfig",
    "kubeletDiskType",
    "linuxOSConfig",
    "localDNSProfile",
    "maxCount",
    "maxPods",
    "messageOfTheDay",
    "minCount",
    "mode",
    "name",
    "networkProfile",
    "nodeImageVersion",
    "nodeInitializationTaints",
    "nodeLabels",
    "nodePublicIPPrefixID",
    "nodeTaints",
    "orchestratorVersion",
    "osDiskSizeGB",
    "osDiskType",
    "osSKU",
    "osType",
    "podIPAllocationMode",
    "podSubnetID",
    "powerState",
    "provisioningState",
    "proximityPlacementGroupID",
    "scaleDownMode",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "securityProfile",
    "spotMaxPrice",
    "status",
    "tags",
    "type",
    "upgradeSettings",
    "upgradeSettingsBlueGreen",
    "upgradeStrategy",
    "virtualMachineNodesStatus",
    "virtualMachinesProfile",
    "vmSize",
    "vnetSubnetID",
    "windowsProfile",
    "workloadRuntime",
];

/// What `networkProfile` of a cluster may hold.
const NETWORK: [&str; 20] = [
    "advancedNetworking",
    "dnsServiceIP",
    "dockerBridgeCidr",
    "ipFamilies",
    "kubeProxyConfig",
    "loadBalancerProfile",
    "loadBalancerSku",
    "natGatewayProfile",
    "networkDataplane",
    "networkMode",
    "networkPlugin",
    "networkPluginMode",
    "networkPolicy",
    "outboundType",
    "podCidr",
    "podCidrs",
    "podLinkLocalAccess",
    "serviceCidr",
    "serviceCidrs",
    "staticEgressGatewayProfile",
];

/// The whole numbers of a pool.
const NUMBERS: [&str; 5] = ["count", "maxCount", "maxPods", "minCount", "osDiskSizeGB"];

/// The texts of a pool.
const TEXTS: [&str; 6] = ["mode", "name", "orchestratorVersion", "osType", "type", "vmSize"];

/// Its switches.
const SWITCHES: [&str; 2] = ["enableAutoScaling", "enableNodePublicIP"];

/// Refuses a cluster's body that cannot be read.
pub(crate) fn cluster(given: &Value, api: &str) -> Result<(), Refusal> {
    let properties = given.get("properties").unwrap_or(&Value::Null);
    known(properties, &CLUSTER, api)?;
    known(properties.get("networkProfile").unwrap_or(&Value::Null), &NETWORK, api)?;
    for name in ["dnsPrefix", "kubernetesVersion", "nodeResourceGroup"] {
        typed(properties, "ManagedClusterProperties", name, "string", Value::is_string)?;
    }
    for name in ["disableLocalAccounts", "enableRBAC"] {
        typed(properties, "ManagedClusterProperties", name, "bool", Value::is_boolean)?;
    }
    let pools = body::list(given, "/properties/agentPoolProfiles");
    pools.iter().try_for_each(|pool| self::pool(pool, api))
}

/// Refuses a pool that cannot be read.
pub(crate) fn pool(given: &Value, api: &str) -> Result<(), Refusal> {
    const OF: &str = "AgentPoolProfile";
    known(given, &POOL, api)?;
    for name in NUMBERS {
        typed(given, OF, name, "int32", |value| value.is_i64() || value.is_u64())?;
    }
    for name in TEXTS {
        typed(given, OF, name, "string", Value::is_string)?;
    }
    for name in SWITCHES {
        typed(given, OF, name, "bool", Value::is_boolean)?;
    }
    Ok(())
}

fn known(given: &Value, fields: &[&str], api: &str) -> Result<(), Refusal> {
    if api.ends_with("-preview") {
        return Ok(());
    }
    let given = given.as_object().into_iter().flatten();
    let odd = given
        .map(|(name, _)| name)
        .find(|name| !fields.iter().any(|known| known.eq_ignore_ascii_case(name)));
    let Some(name) = odd else { return Ok(()) };
    Err(refuse(&format!(
        "unknown field \"{name}\" Check that the field is in the right location, is spelled \
         correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API \
         version information."
    )))
}

fn typed(
    given: &Value,
    of: &str,
    name: &str,
    kind: &str,
    is: impl Fn(&Value) -> bool,
) -> Result<(), Refusal> {
    let Some(value) = given.get(name).filter(|value| !value.is_null() && !is(value)) else {
        return Ok(());
    };
    let found = match value {
        Value::String(_) => "string".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Number(number) => format!("number {number}"),
        _ => "object".to_owned(),
    };
    Err(refuse(&format!(
        "cannot unmarshal {found} into Go struct field {of}.{name} of type {kind}"
    )))
}

fn refuse(what: &str) -> Refusal {
    let text = format!("UnmarshalEntity encountered error: json: {what}.");
    Refusal::aks(400, "UnmarshalError", text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let refused = |given: Value| cluster(&given, "2025-10-01").unwrap_err().body();
        let body = refused(json!({"properties": {"bananas": 1}}));
        assert_eq!((&body["code"], &body["subcode"]), (&json!("UnmarshalError"), &json!("")));
        assert!(body["message"].as_str().unwrap().contains("unknown field \"bananas\" Check"));
        let body = refused(json!({"properties": {"agentPoolProfiles": [{"count": "3"}]}}));
        assert_eq!(
            body["message"],
            "UnmarshalEntity encountered error: json: cannot unmarshal string into Go struct field \
             AgentPoolProfile.count of type int32."
        );
        refused(json!({"properties": {"agentPoolProfiles": [{"count": 1.5}]}}));
        refused(json!({"properties": {"enableRBAC": "yes"}}));
        refused(json!({"properties": {"networkProfile": {"podCIDRs": [], "mode": 1}}}));
        let later = json!({"properties": {"bananas": 1, "agentPoolProfiles": [{"count": 3}]}});
        assert!(cluster(&later, "2026-06-02-preview").is_ok());
    }
}
