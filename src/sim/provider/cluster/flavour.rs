//! Defaults that hang on a cluster's flavour: Automatic clusters, availability sets, Windows,
//! proxies, monitoring. As recorded since 2025.

use serde_json::{Value, json};

use super::super::super::TENANT;
use super::super::super::body;

/// Whether the cluster is an Automatic one.
pub(crate) fn is_automatic(stored: &Value) -> bool {
    body::text(stored, "/sku/name") == Some("Automatic")
}

/// What an Automatic cluster has beside, and before, the ordinary defaults.
pub(crate) fn automatic(stored: &mut Value) {
    if !is_automatic(stored) {
        return;
    }
    let fills = [
        ("/kind", json!("Automatic")),
        ("/sku/tier", json!("Standard")),
        ("/properties/networkProfile/networkPlugin", json!("azure")),
        ("/properties/networkProfile/networkPluginMode", json!("overlay")),
        ("/properties/networkProfile/networkDataplane", json!("cilium")),
        ("/properties/networkProfile/outboundType", json!("managedNATGateway")),
        ("/properties/addonProfiles/azurepolicy/enabled", json!(true)),
        ("/properties/addonProfiles/azureKeyvaultSecretsProvider/enabled", json!(true)),
        (
            "/properties/addonProfiles/azureKeyvaultSecretsProvider/config/enableSecretRotation",
            json!("true"),
        ),
        ("/properties/apiServerAccessProfile/enablePrivateCluster", json!(false)),
        ("/properties/apiServerAccessProfile/enableVnetIntegration", json!(true)),
        ("/properties/autoUpgradeProfile/upgradeChannel", json!("stable")),
        ("/properties/disableLocalAccounts", json!(true)),
        ("/properties/securityProfile/imageCleaner/enabled", json!(true)),
        ("/properties/securityProfile/imageCleaner/intervalHours", json!(168)),
        ("/properties/securityProfile/workloadIdentity/enabled", json!(true)),
        ("/properties/oidcIssuerProfile/enabled", json!(true)),
        ("/properties/nodeResourceGroupProfile/restrictionLevel", json!("ReadOnly")),
        ("/properties/ingressProfile/webAppRouting/enabled", json!(true)),
        (
            "/properties/ingressProfile/webAppRouting/nginx/defaultIngressControllerType",
            json!("AnnotationControlled"),
        ),
        ("/properties/workloadAutoScalerProfile/keda/enabled", json!(true)),
        ("/properties/workloadAutoScalerProfile/verticalPodAutoscaler/enabled", json!(true)),
        (
            "/properties/workloadAutoScalerProfile/verticalPodAutoscaler/addonAutoscaling",
            json!("Unspecified"),
        ),
        ("/properties/nodeProvisioningProfile/mode", json!("Auto")),
    ];
    for (at, value) in fills {
        body::fill(stored, at, value);
    }
    empty(stored);
}

/// The fields of an Automatic cluster that are shown though they are empty.
fn empty(stored: &mut Value) {
    let whole = [
        ("/properties/ingressProfile/webAppRouting/dnsZoneResourceIds", Value::Null),
        ("/properties/apiServerAccessProfile/subnetId", json!("")),
    ];
    for (at, value) in whole {
        if stored.pointer(at).is_none() {
            body::set(stored, at, value);
        }
    }
    if stored.pointer("/properties/aadProfile").is_none() {
        let profile = json!({
            "managed": true, "adminGroupObjectIDs": null, "adminUsers": null,
            "enableAzureRBAC": true, "tenantID": TENANT,
        });
        body::set(stored, "/properties/aadProfile", profile);
    }
}

/// An Automatic cluster's system pool.
pub(crate) fn automatic_pool(cluster: &Value, pool: &mut Value) {
    if !is_automatic(cluster) {
        return;
    }
    if body::list(pool, "/availabilityZones").is_empty() {
        body::set(pool, "/availabilityZones", json!(["1", "2", "3"]));
    }
    if body::list(pool, "/nodeTaints").is_empty() && body::text(pool, "/mode") == Some("System") {
        body::set(pool, "/nodeTaints", json!(["CriticalAddonsOnly=true:NoSchedule"]));
    }
    body::fill(pool, "/osSKU", "AzureLinux");
    body::set(pool, "/securityProfile/sshAccess", "Disabled");
}

/// Whether the nodes stand in an availability set: an old way that knows kubenet and one pool.
pub(crate) fn in_a_set(pools: &[Value]) -> bool {
    pools.iter().any(|pool| body::text(pool, "/type") == Some("AvailabilitySet"))
}

/// The Windows profile that comes with a plugin named `azure`.
pub(crate) fn windows(stored: &mut Value, named: Option<&str>) {
    if named == Some("azure") && !is_automatic(stored) {
        body::fill(stored, "/properties/windowsProfile/adminUsername", "azureuser");
        body::fill(stored, "/properties/windowsProfile/enableCSIProxy", true);
    }
}

/// Entra integration, once asked for: what is shown though it was not said.
pub(crate) fn entra(stored: &mut Value) {
    let Some(profile) = stored.pointer_mut("/properties/aadProfile") else { return };
    body::fill(profile, "/tenantID", TENANT);
    if let Some(fields) = profile.as_object_mut() {
        for field in ["adminGroupObjectIDs", "adminUsers"] {
            fields.entry(field).or_insert(Value::Null);
        }
    }
}

const PRIVATE_LINK: &str = "Microsoft.ContainerService/managedClusters/privateLinkResources";

/// The private link of a private cluster's control plane.
pub(crate) fn private_link(stored: &mut Value) {
    let integrated = body::flag(stored, "/properties/apiServerAccessProfile/enableVnetIntegration");
    if integrated || !body::flag(stored, "/properties/apiServerAccessProfile/enablePrivateCluster")
    {
        return;
    }
    let id = body::text(stored, "/id").unwrap_or_default();
    let link = json!({
        "id": format!("{id}/privateLinkResources/management"), "name": "management",
        "type": PRIVATE_LINK, "groupId": "management", "requiredMembers": ["management"],
    });
    body::set(stored, "/properties/privateLinkResources", json!([link]));
}

/// Names that the proxy must not be asked for.
pub(crate) fn proxy(stored: &mut Value, vnet: Option<&str>) {
    let Some(profile) = stored.pointer("/properties/httpProxyConfig").cloned() else { return };
    let at = |path: &str| body::text(stored, path).unwrap_or_default().to_owned();
    let mut names: Vec<String> =
        ["168.63.129.16", "konnectivity", "127.0.0.1", "169.254.169.254", "localhost"]
            .map(str::to_owned)
            .to_vec();
    names.extend(vnet.map(str::to_owned));
    names.extend(
        [
            "/properties/networkProfile/podCidr",
            "/properties/networkProfile/serviceCidr",
            "/properties/fqdn",
        ]
        .map(at),
    );
    names.extend(body::texts(&profile, "/noProxy").into_iter().map(str::to_owned));
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    body::set(stored, "/properties/httpProxyConfig/effectiveNoProxy", names);
    body::fill(stored, "/properties/httpProxyConfig/enabled", true);
}

/// A node's own DNS, once it is asked for: its state, and what it does with names outside and
/// inside the cluster (recorded by `ext-aks_nodepool_add_with_localdns_required_mode`).
pub(crate) fn local_dns(pool: &mut Value) {
    let Some(mode) = body::text(pool, "/localDNSProfile/mode") else { return };
    let required = mode == "Required";
    let state = if required { "Enabled" } else { "Disabled" };
    body::set(pool, "/localDNSProfile/state", state);
    if !required {
        return;
    }
    let zone = |protocol: &str, destination: &str| {
        json!({
            "queryLogging": "Error", "protocol": protocol, "forwardDestination": destination,
            "forwardPolicy": "Sequential", "maxConcurrent": 1_000, "cacheDurationInSeconds": 3_600,
            "serveStaleDurationInSeconds": 3_600, "serveStale": "Immediate",
        })
    };
    for (overrides, outside) in
        [("vnetDNSOverrides", "VnetDNS"), ("kubeDNSOverrides", "ClusterCoreDNS")]
    {
        let zones = json!({
            ".": zone("PreferUDP", outside),
            "cluster.local": zone("ForceTCP", "ClusterCoreDNS"),
        });
        body::fill(pool, &format!("/localDNSProfile/{overrides}"), zones);
    }
}

/// Commands may be run unless that is forbidden; that they may is not said.
pub(crate) fn run_command(stored: &mut Value) {
    const AT: &str = "/properties/apiServerAccessProfile";
    if stored.pointer(AT) == Some(&json!({ "disableRunCommand": false })) {
        body::take(stored, AT);
    }
}

/// Container insights and the monitoring add-on are one: where the former are sent they decide, as
/// recorded by `ext-aks_create_with_monitoring_legacy_auth`, else they follow from the latter.
pub(crate) fn monitoring(stored: &mut Value, given: &Value) {
    const ADDON: &str = "/properties/addonProfiles/omsagent";
    let sent = given.pointer("/properties/azureMonitorProfile/containerInsights");
    if let Some(sent) = sent.filter(|sent| sent.get("enabled").is_some()) {
        let is_on = body::flag(sent, "/enabled");
        body::set(stored, &format!("{ADDON}/enabled"), is_on);
        if let Some(workspace) = sent.get("logAnalyticsWorkspaceResourceId").filter(|_| is_on) {
            let config = format!("{ADDON}/config");
            body::set(
                stored,
                &format!("{config}/logAnalyticsWorkspaceResourceID"),
                workspace.clone(),
            );
            body::fill(stored, &format!("{config}/useAADAuth"), json!("true"));
        }
    }
    let Some(addon) = stored.pointer("/properties/addonProfiles/omsagent").cloned() else { return };
    if !body::flag(&addon, "/enabled") {
        body::take(stored, "/properties/azureMonitorProfile/containerInsights");
        return;
    }
    let workspace =
        body::text(&addon, "/config/logAnalyticsWorkspaceResourceID").unwrap_or_default();
    let insights = json!({ "enabled": true, "logAnalyticsWorkspaceResourceId": workspace });
    body::set(stored, "/properties/azureMonitorProfile/containerInsights", insights);
}

/// Cilium's advanced networking, once it is on.
pub(crate) fn advanced(network: &mut Value) {
    if network.get("advancedNetworking").is_none() {
        return;
    }
    if !body::flag(network, "/advancedNetworking/enabled") {
        body::set(network, "/advancedNetworking/observability/enabled", false);
        body::set(network, "/advancedNetworking/security/enabled", false);
        return;
    }
    body::fill(network, "/advancedNetworking/observability/enabled", true);
    let cilium = body::text(network, "/networkDataplane") == Some("cilium");
    if !cilium {
        return;
    }
    body::fill(network, "/advancedNetworking/security/enabled", true);
    if body::flag(network, "/advancedNetworking/security/enabled") {
        body::fill(network, "/advancedNetworking/security/advancedNetworkPolicies", "FQDN");
        body::fill(network, "/advancedNetworking/security/transitEncryption/type", "None");
    }
    body::fill(network, "/advancedNetworking/performance/accelerationMode", "None");
}
