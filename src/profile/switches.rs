//! The switches of a cluster, such as its add-ons and drivers, as a table: the field of the profile, the place in ARM.
//!
//! One table for the body of the cluster, for what raw properties must not say as well, and for
//! whoever writes a profile from what stands in Azure. What excludes what, the checks say.

use serde_json::{Map, Value, json};

use super::raw::section::Said;

/// How a value of the profile stands in ARM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// As text: the settings of add-ons are texts, whatever they mean.
    Text,
    /// As the only item of a list.
    OneOf,
    /// As one of two words, for on and off.
    Words(&'static str, &'static str),
}

impl Form {
    fn to_arm(self, value: &Value) -> Value {
        match (self, value) {
            (Self::Words(on, off), Value::Bool(is_on)) => json!(if *is_on { on } else { off }),
            (Self::Text, Value::Bool(flag)) => json!(flag.to_string()),
            (Self::OneOf, one) => json!([one]),
            (_, plain) => plain.clone(),
        }
    }

    fn read(self, value: &Value) -> Option<Value> {
        match self {
            Self::Plain => Some(value.clone()),
            Self::Words(on, off) => {
                let text = value.as_str()?;
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                is(on).then_some(true).or_else(|| is(off).then_some(false)).map(Value::from)
            }
            Self::Text => {
                let text = value.as_str()?;
                let flag = text.to_ascii_lowercase().parse::<bool>();
                Some(flag.map_or_else(|_| json!(text), Value::from))
            }
            Self::OneOf => match value.as_array()?.as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            },
        }
    }
}

/// A field below `cluster` and the place below `properties` that it says.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The field: `.addons.keda`.
    pub field: &'static str,
    /// The place, as ARM spells it.
    pub at: &'static str,
    /// How the value stands there.
    pub form: Form,
}

/// A switch and its settings.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// The switch itself.
    pub is: Field,
    /// What goes with it.
    pub settings: &'static [Field],
    /// Whether Azure has it on where nobody says anything.
    pub usual: bool,
}

const fn field(field: &'static str, at: &'static str, form: Form) -> Field {
    Field { field, at, form }
}

const fn switch(name: &'static str, at: &'static str) -> Switch {
    Switch { is: field(name, at, Form::Plain), settings: &[], usual: false }
}

const fn driver(name: &'static str, at: &'static str) -> Switch {
    Switch { is: field(name, at, Form::Plain), settings: &[], usual: true }
}

const fn with(switch: Switch, settings: &'static [Field]) -> Switch {
    Switch { is: switch.is, settings, usual: switch.usual }
}

const fn words(
    name: &'static str,
    at: &'static str,
    on: &'static str,
    off: &'static str,
) -> Switch {
    Switch { is: field(name, at, Form::Words(on, off)), settings: &[], usual: false }
}

const KEY_VAULT: &[Field] = &[
    field(
        ".addons.keyVault.rotation",
        "addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation",
        Form::Text,
    ),
    field(
        ".addons.keyVault.interval",
        "addonProfiles.azureKeyvaultSecretsProvider.config.rotationPollInterval",
        Form::Text,
    ),
];

const ROUTING: &[Field] = &[field(
    ".addons.appRouting.dnsZones",
    "ingressProfile.webAppRouting.dnsZoneResourceIds",
    Form::Plain,
)];

const ISTIO: &[Field] =
    &[field(".addons.istio.revision", "serviceMeshProfile.istio.revisions", Form::OneOf)];

const NETWORKING: &[Field] = &[
    field(
        ".addons.advancedNetworking.observability",
        "networkProfile.advancedNetworking.observability.enabled",
        Form::Plain,
    ),
    field(
        ".addons.advancedNetworking.security",
        "networkProfile.advancedNetworking.security.enabled",
        Form::Plain,
    ),
];

const CLEANER: &[Field] = &[field(
    ".addons.imageCleaner.intervalHours",
    "securityProfile.imageCleaner.intervalHours",
    Form::Plain,
)];

const DEFENDER: &[Field] = &[field(
    ".addons.defender.workspace",
    "securityProfile.defender.logAnalyticsWorkspaceResourceId",
    Form::Plain,
)];

const ENTRA: &[Field] = &[
    field(".entra.adminGroups", "aadProfile.adminGroupObjectIDs", Form::Plain),
    field(".entra.azureRbac", "aadProfile.enableAzureRBAC", Form::Plain),
    field(".entra.tenant", "aadProfile.tenantID", Form::Plain),
];

/// Every switch there is.
pub const ALL: &[Switch] = &[
    with(switch(".entra", "aadProfile.managed"), ENTRA),
    with(
        switch(".addons.keyVault", "addonProfiles.azureKeyvaultSecretsProvider.enabled"),
        KEY_VAULT,
    ),
    switch(".addons.azurePolicy", "addonProfiles.azurepolicy.enabled"),
    switch(".addons.keda", "workloadAutoScalerProfile.keda.enabled"),
    switch(".addons.vpa", "workloadAutoScalerProfile.verticalPodAutoscaler.enabled"),
    with(switch(".addons.appRouting", "ingressProfile.webAppRouting.enabled"), ROUTING),
    with(words(".addons.istio", "serviceMeshProfile.mode", "Istio", "Disabled"), ISTIO),
    with(
        switch(".addons.advancedNetworking", "networkProfile.advancedNetworking.enabled"),
        NETWORKING,
    ),
    with(switch(".addons.imageCleaner", "securityProfile.imageCleaner.enabled"), CLEANER),
    switch(".addons.costAnalysis", "metricsProfile.costAnalysis.enabled"),
    with(
        switch(".addons.defender", "securityProfile.defender.securityMonitoring.enabled"),
        DEFENDER,
    ),
    words(".addons.nodeAutoProvisioning", "nodeProvisioningProfile.mode", "Auto", "Manual"),
    driver(".storage.disk", "storageProfile.diskCSIDriver.enabled"),
    driver(".storage.file", "storageProfile.fileCSIDriver.enabled"),
    switch(".storage.blob", "storageProfile.blobCSIDriver.enabled"),
    driver(".storage.snapshots", "storageProfile.snapshotController.enabled"),
];

/// Returns what the fields say of the places of a cluster.
pub(super) fn said() -> impl Iterator<Item = Said> {
    let one = |field: &'static Field| Said {
        at: field.at,
        by: std::slice::from_ref(&field.field),
        alone: false,
    };
    ALL.iter().flat_map(move |switch| std::iter::once(&switch.is).chain(switch.settings).map(one))
}

/// Returns what the fields of a cluster section, as JSON, come to: places below `properties`, each
/// with its value.
pub fn places(cluster: &Value) -> Vec<(&'static str, Value)> {
    let mut places = Vec::new();
    for switch in ALL {
        let Some(said) = cluster.pointer(&pointer(switch.is.field)) else { continue };
        let is_on = said.as_bool().unwrap_or(true);
        places.push((switch.is.at, switch.is.form.to_arm(&json!(is_on))));
        for setting in switch.settings {
            if let Some(value) = cluster.pointer(&pointer(setting.field)) {
                places.push((setting.at, setting.form.to_arm(value)));
            }
        }
    }
    places
}

/// Writes into a cluster section, as JSON, what a cluster's `properties` say of the switches, as far
/// as it is not what Azure has by itself.
pub fn read_back(properties: &Value, section: &mut Map<String, Value>) {
    for switch in ALL {
        let read = |field: &Field| {
            let found = properties.pointer(&pointer(field.at)).filter(|found| !found.is_null())?;
            field.form.read(found)
        };
        let Some(is_on) = read(&switch.is).and_then(|value| value.as_bool()) else { continue };
        if is_on == switch.usual {
            continue;
        }
        let mut said = json!(is_on);
        if is_on {
            let settings =
                switch.settings.iter().filter_map(|one| Some((last(one.field), read(one)?)));
            let settings: Map<String, Value> = settings
                .filter(|(_, value)| value != &json!([]))
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            if !settings.is_empty() {
                said = Value::Object(settings);
            }
        }
        let mut names = switch.is.field.trim_start_matches('.').split('.');
        match (names.next(), names.next()) {
            (Some(outer), Some(name)) => {
                let block = section.entry(outer).or_insert_with(|| json!({}));
                block[name] = said;
            }
            (Some(name), None) => _ = section.insert(name.to_owned(), said),
            (None, _) => {}
        }
    }
}

fn last(field: &'static str) -> &'static str {
    field.rsplit('.').next().unwrap_or(field)
}

/// Returns a path with dots as a pointer into JSON.
fn pointer(path: &str) -> String {
    format!("/{}", path.trim_start_matches('.').replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body with these places.
    fn body(places: &[(&'static str, Value)]) -> Value {
        let mut body = json!({});
        for (at, value) in places {
            let names: Vec<&str> = at.split('.').collect();
            let inner = names.iter().fold(&mut body, |place, name| &mut place[*name]);
            *inner = value.clone();
        }
        body
    }

    #[test]
    fn what_a_section_says_is_read_back_from_the_body_it_makes() {
        let section = json!({
            "addons": {
                "keyVault": { "rotation": true, "interval": "5m" }, "azurePolicy": true,
                "istio": { "revision": "asm-1-27" }, "nodeAutoProvisioning": true,
                "advancedNetworking": { "security": false }, "costAnalysis": true,
                "appRouting": true,
            },
            "storage": { "blob": true, "snapshots": false },
            "entra": { "adminGroups": ["11111111-2222-3333-4444-555555555555"], "azureRbac": true },
        });
        let places = places(&section);
        assert!(places.contains(&("serviceMeshProfile.mode", json!("Istio"))));
        let text = "addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation";
        assert!(places.contains(&(text, json!("true"))), "{places:?}");
        let mut back = Map::new();
        read_back(&body(&places), &mut back);
        assert_eq!(Value::Object(back), section);
    }

    #[test]
    fn what_is_off_is_said_to_be_and_what_is_unsaid_is_not() {
        let off = json!({ "addons": { "keyVault": false, "istio": false }, "storage": {} });
        let key_vault = "addonProfiles.azureKeyvaultSecretsProvider.enabled";
        let wanted = [(key_vault, json!(false)), ("serviceMeshProfile.mode", json!("Disabled"))];
        assert_eq!(places(&off), wanted);
        assert!(places(&json!({})).is_empty());
    }
}
