//! What no field of the profile says: raw properties.
//!
//! Left out is what Azure alone says, what it fills in by itself (a profile that is silent gets the
//! same again), and what is secret.

use serde_json::{Map, Value, json};

use crate::arm::redact::is_secret;
use crate::profile::raw::Section;

/// What AKS fills in where nobody says anything, by every recorded creation since 2024.
fn usual(section: Section) -> Vec<(&'static str, Value)> {
    match section {
        Section::Cluster => vec![
            ("bootstrapProfile.artifactSource", json!("Direct")),
            ("enablePodSecurityPolicy", json!(false)),
            ("enableRBAC", json!(true)),
            ("disableLocalAccounts", json!(false)),
            ("networkProfile.loadBalancerProfile.backendPoolType", json!("nodeIPConfiguration")),
            ("networkProfile.loadBalancerSku", json!("standard")),
            ("networkProfile.podLinkLocalAccess", json!("IMDS")),
            ("nodeProvisioningProfile.defaultNodePools", json!("Auto")),
            ("storageProfile.diskCSIDriver.version", json!("v1")),
            ("supportPlan", json!("KubernetesOfficial")),
            ("windowsProfile.adminUsername", json!("azureuser")),
            ("windowsProfile.enableCSIProxy", json!(true)),
        ],
        _ => vec![
            ("enableCustomCATrust", json!(false)),
            ("enableEncryptionAtHost", json!(false)),
            ("enableFIPS", json!(false)),
            ("enableUltraSSD", json!(false)),
            ("kubeletDiskType", json!("OS")),
            ("powerState.code", json!("Running")),
            ("scaleDownMode", json!("Delete")),
            ("securityProfile.enableSecureBoot", json!(false)),
            ("securityProfile.enableVTPM", json!(false)),
            ("securityProfile.sshAccess", json!("LocalUser")),
            ("type", json!("VirtualMachineScaleSets")),
            ("upgradeSettings.maxUnavailable", json!("0")),
            ("upgradeStrategy", json!("Rolling")),
            ("workloadRuntime", json!("OCIContainer")),
        ],
    }
}

/// What follows from the rest, or is made by Azure and written by nobody.
const FOLLOWS: [&str; 6] = [
    "servicePrincipalProfile",
    "identityProfile",
    "privateLinkResources",
    "controlPlanePluginProfiles",
    "upgradeSettingsBlueGreen",
    "hostedSystemProfile",
];

/// Returns what no field says of a cluster.
pub(super) fn cluster(cluster: &Value) -> Option<Value> {
    rest(Section::Cluster, cluster.get("properties")?)
}

/// Returns what no field says of a pool, as it stands inside its cluster.
pub(super) fn pool(pool: &Value) -> Option<Value> {
    let mut pool = pool.as_object()?.clone();
    pool.remove("name");
    rest(Section::Pool, &Value::Object(pool))
}

fn rest(section: Section, properties: &Value) -> Option<Value> {
    let usual = usual(section);
    Rest { section, usual: &usual }.value(properties, &mut Vec::new())
}

struct Rest<'a> {
    section: Section,
    usual: &'a [(&'static str, Value)],
}

impl Rest<'_> {
    /// Returns what is to be said of a place; `None` where nothing is.
    fn value(&self, value: &Value, place: &mut Vec<String>) -> Option<Value> {
        match value {
            Value::Null => None,
            Value::Object(members) => {
                let kept: Map<String, Value> = members
                    .iter()
                    .filter_map(|(name, value)| self.member(name, value, place))
                    .collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            Value::Array(items) if items.is_empty() => None,
            Value::Array(items) => {
                place.push("[]".to_owned());
                // A list is said as a whole: an item left out would be an item taken away.
                let kept = items.iter().map(|item| self.item(item, place)).collect();
                place.pop();
                Some(Value::Array(kept))
            }
            Value::String(text) if text.is_empty() => None,
            plain => {
                let here = place.join(".");
                let is_usual = self
                    .usual
                    .iter()
                    .any(|(at, usual)| at.eq_ignore_ascii_case(&here) && same(usual, plain));
                (!is_usual).then(|| plain.clone())
            }
        }
    }

    fn member(
        &self,
        name: &str,
        value: &Value,
        place: &mut Vec<String>,
    ) -> Option<(String, Value)> {
        let is_first = place.is_empty();
        if is_secret(name) || (is_first && FOLLOWS.contains(&name)) {
            return None;
        }
        place.push(name.to_owned());
        let silent = self.section.is_read_only(place) || self.section.covered(place).is_some();
        let said = if silent { None } else { self.value(value, place) };
        place.pop();
        said.map(|said| (name.to_owned(), said))
    }

    fn item(&self, item: &Value, place: &mut Vec<String>) -> Value {
        match item {
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .filter_map(|(name, value)| self.member(name, value, place))
                    .collect(),
            ),
            plain => plain.clone(),
        }
    }
}

fn same(usual: &Value, found: &Value) -> bool {
    match (usual, found) {
        (Value::String(usual), Value::String(found)) => usual.eq_ignore_ascii_case(found),
        (usual, found) => usual == found,
    }
}
