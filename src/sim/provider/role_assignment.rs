//! Role assignments: on any scope, one per principal, role and scope.
//!
//! The directory hears of a new identity a little later; until then an assignment that does not
//! say its principal is a service principal meets `PrincipalNotFound`, as recorded. Where a script
//! asks for it, an assignment counts only some time after it was made.

use serde_json::{Value, json};

use super::super::page::page;
use crate::arm::id::ResourceId;

use super::super::TENANT;
use super::super::asked::Asked;
use super::super::body;
use super::super::clock::{Millis, rfc3339};
use super::super::error::Refusal;
use super::super::marks;
use super::super::role::allows;
use super::super::world::{Entry, World};
use super::{Answer, Provider, Put, defined, identity};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Authorization/roleAssignments";

/// How long the directory takes to hear of an identity: the recorded client was refused five
/// times over about 20 s.
const REPLICATION: Millis = 20_000;

/// Who the caller is, wherever Azure names it.
pub(crate) const CALLER: &str = "f5d11ebc-8494-4b5f-a0fc-5fbbfd56f7bb";

/// `Microsoft.Authorization/roleAssignments`.
pub(crate) struct RoleAssignment;

impl Provider for RoleAssignment {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn tracked(&self) -> bool {
        false
    }

    fn list(&self, world: &World, asked: &Asked, scope: &str) -> Option<Result<Answer, Refusal>> {
        let filter = asked.parameter("$filter").unwrap_or_default();
        let quoted = |word: &str| {
            let rest = filter.split_once(word)?.1;
            rest.split('\'').nth(1).map(str::to_owned)
        };
        let principal = quoted("principalId eq").or_else(|| quoted("assignedTo("));
        let at_scope = filter.to_ascii_lowercase().contains("atscope()");
        let here = super::super::world::key(scope);
        let found = world.of_kind(KIND).filter(|entry| {
            let stored = entry.body();
            let where_ = body::text(&stored, "/properties/scope").unwrap_or_default();
            let there = super::super::world::key(where_);
            let above = there == here || here.starts_with(&format!("{there}/"));
            let below = there.starts_with(&format!("{here}/"));
            let who = body::text(&stored, "/properties/principalId");
            (above || (below && !at_scope))
                && principal.as_deref().is_none_or(|wanted| who == Some(wanted))
        });
        let found: Vec<Value> = found.map(Entry::body).collect();
        Some(page(asked, found))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let name = put.id.name();
        if !is_guid(name) {
            return Err(Refusal::wrapped(
                400,
                "InvalidRoleAssignmentId",
                format!(
                    "The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
                ),
            ));
        }
        let wanted = Wanted::read(world, put)?;
        if let Some(old) = &put.existing {
            return wanted.again(old);
        }
        if let Some(twin) = wanted.twin(world) {
            let plain: String = twin.chars().filter(|c| *c != '-').collect();
            return Err(Refusal::wrapped(
                409,
                "RoleAssignmentExists",
                format!(
                    "The role assignment already exists. The ID of the conflicting role assignment is {plain}."
                ),
            ));
        }
        let stored = wanted.stored(world, put);
        world.put(put.id.as_str(), KIND, &stored);
        let mut shown = stored;
        shown["properties"]["createdBy"] = Value::Null;
        Ok(Answer { body: Some(shown), ..Answer::status(201) }.taking(2_660))
    }

    fn delete(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str());
        world.remove(id.as_str());
        Ok(Answer { body: stored, ..Answer::status(200) }.taking(2_190))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        Refusal::wrapped(
            404,
            "RoleAssignmentNotFound",
            format!("The role assignment '{}' is not found.", id.name()),
        )
    }
}

/// Tells whether a name is one that Azure takes here.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// What an assignment's body asks for.
struct Wanted {
    scope: String,
    principal: String,
    kind: String,
    role: String,
    description: Value,
    condition: Value,
}

impl Wanted {
    fn read(world: &World, put: &Put<'_>) -> Result<Self, Refusal> {
        let text = |field: &str| {
            body::text(&put.body, &format!("/properties/{field}")).unwrap_or_default().to_owned()
        };
        let (principal, role) =
            (text("principalId").to_ascii_lowercase(), text("roleDefinitionId"));
        if !is_guid(&principal) {
            return Err(Refusal::wrapped(
                400,
                "InvalidPrincipalId",
                format!(
                    "The Principal ID '{principal}' is not valid. Principal ID must be a GUID."
                ),
            ));
        }
        if defined::permissions(world, &role).is_none() {
            let name = role.rsplit('/').next().unwrap_or_default();
            return Err(Refusal::wrapped(
                400,
                "RoleDefinitionDoesNotExist",
                format!("The specified role definition with ID '{name}' does not exist."),
            ));
        }
        let mut kind = text("principalType");
        if kind.is_empty() {
            known_principal(world, &principal)?;
            "ServicePrincipal".clone_into(&mut kind);
        }
        let scope = put.id.parent().map(|scope| scope.to_string()).unwrap_or_default();
        let value = |field: &str| {
            put.body.pointer(&format!("/properties/{field}")).cloned().unwrap_or_default()
        };
        let (description, condition) = (value("description"), value("condition"));
        Ok(Self { scope, principal, kind, role, description, condition })
    }

    /// A repeated PUT: the same one is answered with what stands, another is refused.
    fn again(&self, old: &Value) -> Result<Answer, Refusal> {
        let field =
            |name: &str| body::text(old, &format!("/properties/{name}")).unwrap_or_default();
        let role = |text: &str| text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if field("principalId") != self.principal
            || role(field("roleDefinitionId")) != role(&self.role)
        {
            return Err(Refusal::wrapped(
                409,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ));
        }
        Ok(Answer::ok(old.clone()).taking(700).reading())
    }

    /// The name of another assignment of the same role to the same principal at the same scope.
    fn twin(&self, world: &World) -> Option<String> {
        let role = |text: &str| text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let prefix = format!("{}/providers", self.scope);
        let mut found = world.under(&prefix).filter(|entry| entry.is(KIND));
        found.find_map(|entry| {
            let stored = entry.body();
            let field = |name: &str| {
                body::text(&stored, &format!("/properties/{name}")).unwrap_or_default().to_owned()
            };
            (field("principalId") == self.principal
                && role(&field("roleDefinitionId")) == role(&self.role)
                && field("scope").eq_ignore_ascii_case(&self.scope))
            .then(|| body::text(&stored, "/name").unwrap_or_default().to_owned())
        })
    }

    fn stored(&self, world: &World, put: &Put<'_>) -> Value {
        let now = rfc3339(world.now);
        let version = if self.condition.is_null() { Value::Null } else { json!("2.0") };
        json!({
            "properties": {
                "roleDefinitionId": self.role,
                "principalId": self.principal,
                "principalType": self.kind,
                "scope": self.scope,
                "condition": self.condition,
                "conditionVersion": version,
                "createdOn": now,
                "updatedOn": now,
                "createdBy": CALLER,
                "updatedBy": CALLER,
                "delegatedManagedIdentityResourceId": null,
                "description": self.description,
            },
            "id": put.id.as_str(),
            "type": KIND,
            "name": put.id.name(),
        })
    }
}

/// Refuses a principal the directory has not heard of yet.
fn known_principal(world: &World, principal: &str) -> Result<(), Refusal> {
    let takes = REPLICATION.max(world.conduct.propagation);
    let fresh = world.marked(&marks::principal(principal)).find(|entry| {
        entry.is(identity::KIND)
            && entry.made + takes > world.now
            && body::text(&entry.body(), "/properties/principalId") == Some(principal)
    });
    if fresh.is_none() {
        return Ok(());
    }
    let plain: String = principal.chars().filter(|c| *c != '-').collect();
    Err(Refusal::wrapped(
        400,
        "PrincipalNotFound",
        format!(
            "Principal {plain} does not exist in the directory {TENANT}. Check that you have the correct \
             principal ID. If you are creating this principal and then immediately assigning a \
             role, this error might be related to a replication delay. In this case, set the role \
             assignment principalType property to a value, such as ServicePrincipal, User, or \
             Group.  See https://aka.ms/docs-principaltype"
        ),
    ))
}

/// Tells whether a principal may do something to a resource, by an assignment there or above.
pub(crate) fn may(world: &World, principal: &str, action: &str, on: &str) -> bool {
    held(world, principal, on).iter().any(|permission| allows(permission, action))
}

/// Returns the permissions that a principal holds on a resource, by assignments there or above that
/// have reached all of Azure.
pub(crate) fn held(world: &World, principal: &str, on: &str) -> Vec<Value> {
    let mut scope = ResourceId::parse(on).ok();
    let mut found = Vec::new();
    while let Some(here) = scope {
        let prefix = format!("{here}/providers/{KIND}");
        let known = |entry: &&Entry| entry.made + world.conduct.propagation <= world.now;
        for entry in world.under(&prefix).filter(known) {
            let stored = entry.body();
            let role = body::text(&stored, "/properties/roleDefinitionId").unwrap_or_default();
            if body::text(&stored, "/properties/principalId") == Some(principal) {
                found.extend(defined::permissions(world, role).unwrap_or_default());
            }
        }
        scope = here.parent();
    }
    found
}

/// The refusal of whoever may do something, but not what that takes on another resource: the text
/// of azurerm#3067 and many others. Both are an action and the scope it is taken in.
pub(crate) fn linked(client: &str, may: (&str, &str), lacks: (&str, &str)) -> Refusal {
    let ((action, scope), (other, on)) = (may, lacks);
    Refusal::arm(
        403,
        "LinkedAuthorizationFailed",
        format!(
            "The client '{client}' with object id '{client}' has permission to perform action \
             '{action}' on scope '{scope}'; however, it does not have permission to perform \
             action(s) '{other}' on the linked scope(s) '{on}' (respectively) or the linked \
             scope(s) are invalid."
        ),
    )
}
