//! Resource groups: made at once, deleted with everything in them.

use serde_json::{Value, json};

use super::super::region;
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::{Refusal, no_group};
use super::super::operation::{Operation, Verb, Verdict};
use super::super::ops::set_state;
use super::super::world::World;
use super::{Answer, GROUP, Provider, Put, cluster};

/// A group's deletion beside what lies in it: 61 s, the median of 92 recorded ones.
const DELETION: u64 = 61_000;

/// `Microsoft.Resources/resourceGroups`.
pub(crate) struct ResourceGroup;

impl Provider for ResourceGroup {
    fn kind(&self) -> &'static str {
        GROUP
    }

    fn tracked(&self) -> bool {
        false
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let name = put.id.name();
        let Some(location) = body::text(&put.body, "/location").filter(|text| !text.is_empty())
        else {
            return Err(region::location_required());
        };
        let plain = region::plain(location);
        if !region::LOCATIONS.iter().any(|known| known.name == plain) {
            let names: Vec<&str> = region::LOCATIONS.iter().map(|known| known.name).collect();
            return Err(Refusal::arm(
                400,
                "LocationNotAvailableForResourceGroup",
                format!(
                    "The provided location '{location}' is not available for resource group. List \
                     of available regions is '{}'.",
                    names.join(",")
                ),
            ));
        }
        if let Some(old) = &put.existing {
            let stands = body::text(old, "/location").unwrap_or_default();
            if stands != plain {
                return Err(Refusal::arm(
                    409,
                    "InvalidResourceGroupLocation",
                    format!(
                        "Invalid resource group location '{plain}'. The Resource group already \
                         exists in location '{stands}'."
                    ),
                ));
            }
            if body::text(old, "/properties/provisioningState") == Some("Deleting") {
                return Err(super::super::error::Refusal::arm(
                    409,
                    "ResourceGroupBeingDeleted",
                    format!(
                        "The resource group '{name}' is in deprovisioning state and cannot perform \
                         this operation."
                    ),
                ));
            }
        }
        let mut stored = json!({
            "id": put.id.as_str(),
            "name": name,
            "type": GROUP,
            "location": plain,
            "properties": { "provisioningState": "Succeeded" },
        });
        for field in ["tags", "managedBy"] {
            if let Some(value) = put.body.get(field) {
                stored[field] = value.clone();
            }
        }
        world.put(put.id.as_str(), GROUP, &stored);
        Ok(Answer { body: Some(stored), ..Answer::status(put.status()) }.taking(590))
    }

    fn get(&self, world: &World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).ok_or_else(|| no_group(id.name()))?;
        if asked.method == "HEAD" {
            return Ok(Answer::status(204));
        }
        Ok(Answer::ok(stored))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        if let Some(running) = world.running_at(id.as_str())
            && running.verb == Verb::Delete
        {
            let operation = Some(running.id.clone());
            return Ok(Answer { operation, ..Answer::status(202) });
        }
        set_state(world, id.as_str(), "Deleting");
        let clusters: Vec<String> = world
            .under(id.as_str())
            .filter(|entry| entry.is(cluster::KIND))
            .map(|entry| entry.id.clone())
            .collect();
        let lasts = if clusters.is_empty() { DELETION } else { DELETION + cluster::DELETION };
        let location = world.body(id.as_str()).unwrap_or_default();
        let verdict = match foreign_user(world, id) {
            None => Verdict::Succeeded,
            Some((held, user)) => Verdict::Failed {
                code: "ResourceGroupDeletionBlocked".to_owned(),
                message: format!(
                    "Deletion of resource group '{}' failed as resources with identifiers '{held}' \
                     could not be deleted: it is in use by {user}.",
                    id.name()
                ),
            },
        };
        if verdict == Verdict::Succeeded {
            for cluster in &clusters {
                cluster::mark_deleting(world, cluster);
            }
        }
        let operation = Operation {
            id: job_name(world, id.name()),
            provider: String::new(),
            location: body::text(&location, "/location").unwrap_or_default().to_owned(),
            target: id.to_string(),
            verb: Verb::Delete,
            started: world.now,
            ends: world.now + lasts,
            phases: Vec::new(),
            verdict,
            retry_after: Some(15),
            api: asked.api.clone(),
            settled: false,
        };
        let operation = Some(world.start(operation));
        Ok(Answer { operation, ..Answer::status(202) }.taking(270))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        no_group(id.name())
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verdict != Verdict::Succeeded {
            set_state(world, &operation.target, "Succeeded");
            return;
        }
        let clusters: Vec<String> = world
            .under(&operation.target)
            .filter(|entry| entry.is(cluster::KIND))
            .map(|entry| entry.id.clone())
            .collect();
        for id in clusters {
            cluster::vanish(world, &id);
        }
        super::workspace::hide_in(world, &operation.target);
        super::network::forget_group(world, &operation.target);
    }
}

/// A subnet of the group that something outside the group, and outside its clusters' own groups,
/// lives in.
fn foreign_user(world: &World, group: &ResourceId) -> Option<(String, String)> {
    let mut own = vec![format!("{group}/").to_ascii_lowercase()];
    for entry in world.under(group.as_str()).filter(|entry| entry.is(cluster::KIND)) {
        let nodes = cluster::node_group_of(world, &entry.id)?;
        let nodes = ResourceId::resource_group(group.subscription_id(), &nodes);
        own.push(format!("{nodes}/").to_ascii_lowercase());
    }
    world.under(group.as_str()).filter(|entry| entry.is(super::subnet::KIND)).find_map(|entry| {
        let stored = entry.body();
        let users = body::list(&stored, "/properties/ipConfigurations").iter();
        let mut ids = users.filter_map(|user| body::text(user, "/id"));
        let foreign = ids.find(|id| {
            let id = id.to_ascii_lowercase();
            !own.iter().any(|own| id.starts_with(own))
        });
        foreign.map(|user| (entry.id.clone(), user.to_owned()))
    })
}

/// The name of a deletion's job: Base64 of a little JSON, as the real ones are.
fn job_name(world: &mut World, group: &str) -> String {
    use base64::Engine;
    let text: Value = json!({
        "jobId": format!("RESOURCEGROUPDELETIONJOB-{}-{}", group.to_uppercase(), world.letters(6)),
        "jobLocation": "westeurope",
    });
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text.to_string())
}
