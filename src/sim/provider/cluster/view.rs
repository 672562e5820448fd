//! What of a cluster an api-version shows.
//!
//! Fields that only previews have are left out for the others; entity tags came with the previews
//! in 2024, while recorded answers at 2024-09-01 and 2025-08-01 do not carry them, so they begin
//! with 2025-10-01, whose type table lists them, as it does the error in `status`.

use serde_json::Value;

use super::super::super::world::{Entry, World};
use super::super::super::{body, raw};

/// The cluster as an api-version shows it.
pub(crate) fn as_of(mut shown: Value, api: &str) -> Value {
    for at in hidden(api) {
        body::take(&mut shown, at);
    }
    let pools = shown.pointer_mut("/properties/agentPoolProfiles").and_then(Value::as_array_mut);
    for pool in pools.into_iter().flatten() {
        of_pool(pool, api);
    }
    shown
}

/// A pool's properties as an api-version shows them.
pub(crate) fn of_pool(pool: &mut Value, api: &str) {
    for at in hidden_of_pool(api) {
        body::take(pool, at);
    }
}

/// The same as text, without reading what is only copied; nothing when a body is odd.
pub(crate) fn text(world: &World, entry: &Entry, api: &str) -> Option<String> {
    let hidden = hidden(api);
    let mut cluster = raw::Fields::of(entry.text())?;
    let mut properties = raw::Fields::of(cluster.get("properties")?)?;
    let pools = pools(world, entry, api)?;
    if !pools.is_empty() {
        properties.set("agentPoolProfiles", &pools);
    }
    let below: Vec<&str> = hidden.iter().filter_map(|at| at.strip_prefix("/properties")).collect();
    let mut inner = String::with_capacity(entry.text().len() + pools.len());
    properties.write(&mut inner, &below);
    cluster.set("properties", &inner);
    let own: Vec<&str> =
        hidden.iter().copied().filter(|at| !at.starts_with("/properties/")).collect();
    let mut out = String::with_capacity(inner.len() + 1_024);
    cluster.write(&mut out, &own);
    Some(out)
}

/// The pools inside their cluster, as a list; empty when it has none of its own.
fn pools(world: &World, entry: &Entry, api: &str) -> Option<String> {
    let hidden = hidden_of_pool(api);
    let children = world.children(&entry.id, "agentPools");
    let mut out = String::new();
    for pool in &children {
        let whole = raw::Fields::of(pool.text())?;
        let mut properties = raw::Fields::of(whole.get("properties")?)?;
        properties.set("name", whole.get("name")?);
        out.push(if out.is_empty() { '[' } else { ',' });
        properties.write(&mut out, &hidden);
    }
    if !out.is_empty() {
        out.push(']');
    }
    Some(out)
}

/// What an api-version does not show of a cluster, its pools aside.
fn hidden(api: &str) -> Vec<&'static str> {
    let preview = api.ends_with("-preview");
    let mut hidden = Vec::new();
    if !preview {
        hidden.extend([
            "/properties/controlPlanePluginProfiles",
            "/properties/networkProfile/podLinkLocalAccess",
            "/properties/networkProfile/kubeProxyConfig",
            "/properties/storageProfile/diskCSIDriver/version",
            "/properties/azureMonitorProfile/containerInsights",
        ]);
    }
    if !preview || api < "2025-10-02" {
        hidden.extend(["/properties/hostedSystemProfile", "/properties/enableFIPS"]);
    }
    if !preview && api < "2025-03-01" {
        hidden.extend([
            "/kind",
            "/properties/bootstrapProfile",
            "/properties/nodeProvisioningProfile",
        ]);
    }
    if !preview && api < "2025-10-01" {
        hidden.push("/properties/status");
    }
    if !preview && api < "2024-02-01" {
        hidden.push("/properties/metricsProfile");
    }
    if !is_tagged(api) {
        hidden.push("/eTag");
    }
    hidden
}

fn hidden_of_pool(api: &str) -> Vec<&'static str> {
    let preview = api.ends_with("-preview");
    let mut hidden = Vec::new();
    if !preview && api < "2025-03-01" {
        hidden.extend(["/securityProfile/sshAccess", "/upgradeSettings/maxUnavailable"]);
    }
    if !preview && api < "2025-10-01" {
        hidden.push("/status");
    }
    if !preview && api < "2024-02-01" {
        hidden.push("/securityProfile");
    }
    if !is_tagged(api) {
        hidden.push("/eTag");
    }
    if !preview {
        hidden.extend([
            "/upgradeStrategy",
            "/upgradeSettingsBlueGreen",
            "/nodeInitializationTaints",
        ]);
    }
    hidden
}

fn is_tagged(api: &str) -> bool {
    if api.ends_with("-preview") { api >= "2024-03-02" } else { api >= "2025-10-01" }
}
