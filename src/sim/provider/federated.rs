//! Federated identity credentials: whom an identity trusts to speak for it. As recorded by
//! `aso-ManagedIdentity_UserAssignedIdentity_*_CRUD`; what is refused is documented
//! (learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations).

use serde_json::json;

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::Refusal;
use super::super::world::{World, key};
use super::identity::lower_group;
use super::{Answer, Provider, Put};

const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";

/// The most credentials of an identity.
const MOST: usize = 20;

/// How long a write and a deletion take. For most of that nothing else is written for the identity; the
/// rest is the answer's way back.
const WRITE: Millis = 900;
const DELETION: Millis = 500;

/// `Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials`.
pub(crate) struct Credential;

impl Provider for Credential {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let name = put.id.name();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain || !(3..=120).contains(&name.len()) || name.starts_with(['-', '_']) {
            return Err(bad(format!(
                "The name '{name}' of a federated identity credential must be 3 to 120 letters, \
                 digits, '-' and '_', and begin with a letter or digit."
            )));
        }
        let text = |field: &str| {
            body::text(&put.body, &format!("/properties/{field}")).unwrap_or_default().to_owned()
        };
        let (issuer, subject) = (text("issuer"), text("subject"));
        let audiences = body::list(&put.body, "/properties/audiences");
        if !issuer.starts_with("https://") || subject.is_empty() || audiences.len() != 1 {
            return Err(bad(
                "A federated identity credential needs an issuer that is an https URL, a subject \
                 and exactly one audience.",
            ));
        }
        free(world, put, &issuer, &subject)?;
        alone(world, put.id, WRITE)?;
        let id = lower_group(put.id.as_str());
        let stored = json!({
            "id": id, "name": name, "type": KIND,
            "properties": { "issuer": issuer, "subject": subject, "audiences": audiences },
        });
        world.put(put.id.as_str(), KIND, &stored);
        let mut answer =
            Answer { body: Some(stored), ..Answer::status(put.status()) }.taking(WRITE);
        if put.existing.is_none() {
            answer.header("Location", id);
        }
        Ok(answer)
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        alone(world, id, DELETION)?;
        world.remove(id.as_str());
        Ok(Answer::status(200).taking(DELETION))
    }
}

/// Refuses what comes while another credential of the identity is written, as Azure does, in its words
/// (terraform-provider-azurerm#29242, pulumi-azure-native#4343).
fn alone(world: &mut World, id: &ResourceId, lasts: Millis) -> Result<(), Refusal> {
    let identity = id.parent().unwrap_or_else(|| id.clone());
    let at = key(identity.as_str());
    if world.writing.get(&at).is_some_and(|until| world.now < *until) {
        let text = format!(
            "Too many Federated Identity Credentials are written concurrently for the managed \
             identity '{}'. Concurrent Federated Identity Credentials writes under the same managed \
             identity are not supported.",
            identity.as_str().to_ascii_lowercase()
        );
        let code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
        return Err(Refusal::wrapped(409, code, text));
    }
    world.writing.insert(at, world.now + lasts - lasts / 10);
    Ok(())
}

/// Refuses what another credential of the identity says already, and one too many.
fn free(world: &World, put: &Put<'_>, issuer: &str, subject: &str) -> Result<(), Refusal> {
    let identity = put.id.parent().unwrap_or_else(|| put.id.clone());
    let all = world.children(identity.as_str(), "federatedIdentityCredentials");
    let mut others = all.iter().filter(|entry| !entry.id.eq_ignore_ascii_case(put.id.as_str()));
    if put.existing.is_none() && all.len() >= MOST {
        return Err(bad(format!(
            "Too many Federated Identity Credentials are configured for the managed identity. The \
             maximum is {MOST}."
        )));
    }
    let same = others.any(|entry| {
        let other = entry.body();
        body::text(&other, "/properties/issuer") == Some(issuer)
            && body::text(&other, "/properties/subject") == Some(subject)
    });
    if !same {
        return Ok(());
    }
    Err(Refusal::wrapped(
        409,
        "Conflict",
        "Issuer and subject combination already exists for this Managed Identity.",
    ))
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::wrapped(400, "BadRequest", message)
}
