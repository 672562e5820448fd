//! User-assigned identities: made at once, known to the directory a little later.

use serde_json::{Value, json};

use super::super::region;
use crate::arm::id::ResourceId;

use super::super::TENANT;
use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::world::{Entry, World};
use super::{Answer, Provider, Put};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// `Microsoft.ManagedIdentity/userAssignedIdentities`.
pub(crate) struct Identity;

impl Provider for Identity {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let stored = shape(world, put);
        world.put(put.id.as_str(), KIND, &stored);
        let shown = world.get(put.id.as_str()).map(|entry| self.show(world, entry));
        let mut answer = Answer { body: shown, ..Answer::status(put.status()) }.taking(1_710);
        if put.existing.is_none() {
            answer.header("Location", lower_group(put.id.as_str()));
        }
        Ok(answer)
    }

    fn delete(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200).taking(500))
    }

    fn show(&self, _world: &World, entry: &Entry) -> Value {
        let mut shown = entry.body();
        shown["id"] = json!(lower_group(&entry.id));
        shown
    }
}

fn shape(world: &mut World, put: &Put<'_>) -> Value {
    let keep = |field: &str| {
        let old = put.existing.as_ref();
        old.and_then(|old| body::text(old, &format!("/properties/{field}"))).map(str::to_owned)
    };
    let mut properties = json!({
        "tenantId": TENANT,
        "principalId": keep("principalId").unwrap_or_else(|| world.guid()),
        "clientId": keep("clientId").unwrap_or_else(|| world.guid()),
    });
    if let Some(scope) = put.body.pointer("/properties/isolationScope") {
        body::set(&mut properties, "/isolationScope", scope.clone());
    }
    json!({
        "id": put.id.as_str(),
        "name": put.id.name(),
        "type": KIND,
        "location": region::plain(&put.location),
        "tags": put.body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": properties,
    })
}

/// AKS and the identity provider write the group's word in lower case.
pub(crate) fn lower_group(id: &str) -> String {
    id.replacen("/resourceGroups/", "/resourcegroups/", 1)
}

/// Makes an identity as AKS does for a cluster's nodes; returns client and principal id.
pub(crate) fn make(world: &mut World, id: &str, location: &str) -> (String, String) {
    let (client, principal) = (world.guid(), world.guid());
    let name = id.rsplit('/').next().unwrap_or_default();
    let stored = json!({
        "id": id, "name": name, "type": KIND, "location": location, "tags": {},
        "properties": { "tenantId": TENANT, "principalId": principal, "clientId": client },
    });
    world.put(id, KIND, &stored);
    (client, principal)
}
