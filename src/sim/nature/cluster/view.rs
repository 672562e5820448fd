//! What of a cluster an api-version shows.
//!
//! Fields that only previews have are left out for the others; entity tags came with the previews
//! in 2024, while recorded answers at 2024-09-01 and 2025-08-01 do not carry them, so they begin
//! with 2025-10-01, whose type table lists them, as it does the error in `status`.

use serde_json::Value;

use super::super::super::body;

/// The cluster as an api-version shows it.
pub(crate) fn as_of(mut shown: Value, api: &str) -> Value {
    let preview = api.ends_with("-preview");
    if !preview {
        for at in [
            "/properties/controlPlanePluginProfiles",
            "/properties/networkProfile/podLinkLocalAccess",
            "/properties/networkProfile/kubeProxyConfig",
            "/properties/storageProfile/diskCSIDriver/version",
        ] {
            body::take(&mut shown, at);
        }
    }
    if !preview || api < "2025-10-02" {
        body::take(&mut shown, "/properties/hostedSystemProfile");
        body::take(&mut shown, "/properties/enableFIPS");
    }
    if !preview && api < "2025-03-01" {
        for at in ["/kind", "/properties/bootstrapProfile", "/properties/nodeProvisioningProfile"] {
            body::take(&mut shown, at);
        }
    }
    if !preview && api < "2024-02-01" {
        body::take(&mut shown, "/properties/metricsProfile");
    }
    let tagged = if preview { api >= "2024-03-02" } else { api >= "2025-10-01" };
    if !tagged {
        body::take(&mut shown, "/eTag");
    }
    if !preview && api < "2025-10-01" {
        body::take(&mut shown, "/properties/status");
    }
    let pools = shown.pointer_mut("/properties/agentPoolProfiles").and_then(Value::as_array_mut);
    for pool in pools.into_iter().flatten() {
        of_pool(pool, api);
    }
    shown
}

/// A pool's properties as an api-version shows them.
pub(crate) fn of_pool(pool: &mut Value, api: &str) {
    let preview = api.ends_with("-preview");
    let tagged = if preview { api >= "2024-03-02" } else { api >= "2025-10-01" };
    if !preview && api < "2025-03-01" {
        body::take(pool, "/securityProfile/sshAccess");
        body::take(pool, "/upgradeSettings/maxUnavailable");
    }
    if !preview && api < "2024-02-01" {
        body::take(pool, "/securityProfile");
    }
    let Some(fields) = pool.as_object_mut() else { return };
    if !tagged {
        fields.remove("eTag");
    }
    if !preview && api < "2025-10-01" {
        fields.remove("status");
    }
    if !preview {
        for field in ["upgradeStrategy", "upgradeSettingsBlueGreen", "nodeInitializationTaints"] {
            fields.remove(field);
        }
    }
}
