//! Container registries, as recorded by `aso-ContainerRegistry_Registry_*`; images are not modelled.
//!
//! A name is the whole cloud's: what any subscription has taken no other gets. What is refused is
//! said by the specification (2023-07-01) and by the service tiers' documentation
//! (learn.microsoft.com/azure/container-registry/container-registry-skus).

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::{Millis, rfc3339};
use super::super::error::Refusal;
use super::super::operation::{Course, Verb};
use super::super::ops::set_state;
use super::super::world::World;
use super::beyond::{framed, laid};
use super::generic::not_busy;
use super::{Answer, Provider, Put};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.ContainerRegistry/registries";

/// What answers whether a name is free.
pub(crate) const CHECK: &str = "Microsoft.ContainerRegistry/checkNameAvailability";

/// A deletion: 10 s, one recorded pause.
const DELETION: Millis = 10_000;

/// `Microsoft.ContainerRegistry/registries`.
pub(crate) struct Registry;

impl Provider for Registry {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        not_busy(world, put.id)?;
        let tier = tier(put)?;
        if put.existing.is_none()
            && let Err((reason, message)) = free(world, put.id.name())
        {
            let (status, code) = match reason {
                "AlreadyExists" => (409, "AlreadyInUse"),
                _ => (400, "InvalidResourceName"),
            };
            return Err(Refusal::wrapped(status, code, message));
        }
        let mut properties = laid(put);
        of_tier(&tier, &properties)?;
        filled(&mut properties, put.id.name(), &rfc3339(world.now));
        if tier != "Premium" {
            // Rules of a network come with the first tier alone, and are not shown of another.
            body::take(&mut properties, "/networkRuleSet");
        }
        let mut stored = framed(put, KIND, &properties);
        stored["sku"] = json!({ "name": tier, "tier": tier });
        body::fill(&mut stored, "/tags", json!({}));
        world.put(put.id.as_str(), KIND, &stored);
        Ok(Answer::ok(stored).taking(2_000))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        set_state(world, id.as_str(), "Deleting");
        let stored = world.body(id.as_str()).unwrap_or_default();
        let location = body::text(&stored, "/location").unwrap_or("global").to_owned();
        let course = Course {
            provider: "Microsoft.ContainerRegistry",
            lasts: DELETION,
            phases: Vec::new(),
            retry_after: Some(10),
            api: asked.api.clone(),
        };
        let operation = world.begin_operation(id.as_str(), &location, Verb::Delete, course);
        Ok(Answer { operation: Some(operation), body: Some(stored), ..Answer::status(202) })
    }
}

fn tier(put: &Put<'_>) -> Result<String, Refusal> {
    let tier = body::text(&put.body, "/sku/name").unwrap_or_default();
    let known = ["Basic", "Standard", "Premium"];
    let spelt = known.into_iter().find(|known| known.eq_ignore_ascii_case(tier));
    spelt.map(str::to_owned).ok_or_else(|| {
        let text = format!("The registry SKU '{tier}' is invalid.");
        Refusal::wrapped(400, "InvalidSku", text)
    })
}

/// Refuses what only the first tier has.
fn of_tier(tier: &str, properties: &Value) -> Result<(), Refusal> {
    let is = |at: &str, value: &str| {
        body::text(properties, at).is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    let connections = body::list(properties, "/privateEndpointConnections");
    let asked = [
        (is("/publicNetworkAccess", "Disabled"), "Disabling public network access"),
        (is("/networkRuleSet/defaultAction", "Deny"), "Network rules"),
        (is("/policies/retentionPolicy/status", "enabled"), "The retention policy"),
        (is("/policies/trustPolicy/status", "enabled"), "Content trust"),
        (is("/encryption/status", "enabled"), "A customer-managed key"),
        (body::flag(properties, "/dataEndpointEnabled"), "The data endpoint"),
        (!connections.is_empty(), "A private endpoint"),
    ];
    match asked.into_iter().find(|(is_asked, _)| *is_asked && tier != "Premium") {
        None => Ok(()),
        Some((_, what)) => {
            let text = format!("{what} is not supported for registries of SKU '{tier}'.");
            Err(Refusal::wrapped(400, "SkuNotSupported", text))
        }
    }
}

fn filled(properties: &mut Value, name: &str, now: &str) {
    let off = json!({ "status": "disabled" });
    let fills = [
        ("/loginServer", json!(format!("{}.azurecr.io", name.to_ascii_lowercase()))),
        ("/creationDate", json!(now)),
        ("/adminUserEnabled", json!(false)),
        ("/anonymousPullEnabled", json!(false)),
        ("/networkRuleSet", json!({ "defaultAction": "Allow", "ipRules": [] })),
        ("/policies/quarantinePolicy", off.clone()),
        ("/policies/trustPolicy", json!({ "type": "Notary", "status": "disabled" })),
        ("/policies/retentionPolicy/days", json!(7)),
        ("/policies/retentionPolicy/status", json!("disabled")),
        ("/policies/exportPolicy", json!({ "status": "enabled" })),
        ("/policies/azureADAuthenticationAsArmPolicy", json!({ "status": "enabled" })),
        ("/encryption", off),
        ("/dataEndpointEnabled", json!(false)),
        ("/dataEndpointHostNames", json!([])),
        ("/privateEndpointConnections", json!([])),
        ("/publicNetworkAccess", json!("Enabled")),
        ("/networkRuleBypassOptions", json!("AzureServices")),
        ("/zoneRedundancy", json!("Disabled")),
    ];
    for (at, value) in fills {
        body::fill(properties, at, value);
    }
    body::set(properties, "/policies/retentionPolicy/lastUpdatedTime", now.to_owned());
    body::set(properties, "/provisioningState", "Succeeded");
}

/// Says why a name cannot be had, as a reason and a message.
fn free(world: &World, name: &str) -> Result<(), (&'static str, String)> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric());
    if !plain || !(5..=50).contains(&name.len()) {
        let text = format!(
            "The registry name '{name}' is invalid. It must be 5 to 50 letters and digits."
        );
        return Err(("Invalid", text));
    }
    let taken = world.of_kind(KIND).any(|entry| {
        let its = entry.id.rsplit('/').next().unwrap_or_default();
        its.eq_ignore_ascii_case(name)
    });
    if !taken {
        return Ok(());
    }
    // Both texts are Azure's: azure-cli#13951, and the specification's example.
    Err((
        "AlreadyExists",
        format!(
            "The registry DNS name {}.azurecr.io is already in use. You can check if the name is \
             already claimed using following API: \
             https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability",
            name.to_ascii_lowercase()
        ),
    ))
}

/// Answers whether a name is free.
pub(crate) fn available(world: &World, asked: &Asked) -> Result<Answer, Refusal> {
    let text = |at: &str| body::text(&asked.body, at).unwrap_or_default();
    if !text("/type").eq_ignore_ascii_case(KIND) || text("/name").is_empty() {
        let text =
            "The request needs a name, and the type 'Microsoft.ContainerRegistry/registries'.";
        return Err(Refusal::wrapped(400, "InvalidRequest", text));
    }
    let name = text("/name");
    Ok(Answer::ok(match free(world, name) {
        Ok(()) => json!({ "nameAvailable": true }),
        Err(("AlreadyExists", _)) => json!({
            "nameAvailable": false, "reason": "AlreadyExists",
            "message": format!("The registry {name} is already in use."),
        }),
        Err((reason, message)) => {
            json!({ "nameAvailable": false, "reason": reason, "message": message })
        }
    }))
}
