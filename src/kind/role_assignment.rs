//! Role assignments: what an identity may do, and where.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Claim, ENVIRONMENT, Kind, Pace, Removal, Role, Takes, Traits};
use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, CreateOnly, Fixed, Folded, Rule, Server};

/// A role for an identity on a scope.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// Where it holds.
    pub scope: ResourceId,
    /// What may be done there.
    pub role: Role,
    /// The identity that may; the cluster for the one that AKS makes for its nodes.
    pub holder: ResourceId,
    /// Where it says by which GUID the directory knows that.
    pub principal: Later,
    /// Which environment gives it: assignments carry no tags, but a description.
    pub mark: String,
}

/// Where roles are defined.
const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions";

impl RoleAssignment {
    /// Returns the id that an assignment of `role` on `scope` to `identity` has.
    ///
    /// The name is a UUIDv5 of the three. The holder counts by its resource id: the GUID that
    /// the directory gives it is not known before it exists, and the plan is made before that.
    pub fn id_of(scope: &ResourceId, role: &Role, holder: &ResourceId) -> ResourceId {
        let text = format!("{scope}|{}|{holder}", role.guid()).to_ascii_lowercase();
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes());
        scope.resource(Self::TYPE, &name.to_string())
    }

    /// Returns what the assignments of an environment say of themselves.
    pub fn mark(group: &ResourceId, environment: &str) -> String {
        format!("{ENVIRONMENT}: {}/{}/{environment}", group.subscription_id(), group.name())
    }

    /// Returns who of these holds a role by an id of ours: its name is made of both and tells nobody
    /// anything.
    pub fn holder_of<'a>(
        id: &ResourceId,
        role: &Role,
        mut holders: impl Iterator<Item = &'a ResourceId>,
    ) -> Option<&'a ResourceId> {
        let scope = id.is_type(Self::TYPE).then(|| id.parent()).flatten()?;
        holders.find(|holder| Self::id_of(&scope, role, holder) == *id)
    }

    /// Returns the role that the body of an assignment gives.
    pub fn role_in(body: &Value) -> Option<Role> {
        let definition = body.pointer("/properties/roleDefinitionId")?.as_str()?;
        Some(Role::of(definition.rsplit('/').next()?))
    }

    /// Returns where the definition of a role is read that nobody here knows, for an assignment that
    /// gives it: in the assignment's own subscription, also where it is defined above that. Both
    /// types are spoken to in one version.
    pub fn definition_of(id: &ResourceId, role: &Role) -> Option<ResourceId> {
        let subscription = ResourceId::subscription(id.subscription_id());
        let definition = subscription.resource(DEFINITIONS, role.guid());
        ResourceId::parse(definition.as_str()).ok().filter(|_| !role.is_known())
    }
}

impl Kind for RoleAssignment {
    const TYPE: &'static str = "Microsoft.Authorization/roleAssignments";
    const API: ApiVersion = ApiVersion::new("2022-04-01");
    const RULES: &'static [Rule] = &[
        Server("properties.scope"),
        Server("properties.createdOn"),
        Server("properties.updatedOn"),
        Server("properties.createdBy"),
        Server("properties.updatedBy"),
        Folded("properties.principalId"),
        Folded("properties.roleDefinitionId"),
        Fixed("properties.principalId"),
        Fixed("properties.roleDefinitionId"),
        // Two environments may share a right: the first says who made it.
        CreateOnly("properties.description"),
        AbsentIs("properties.principalType", Assumed::Text("ServicePrincipal")),
    ];
    const TRAITS: Traits = Traits {
        noun: "role assignment",
        command: "role assignment",
        wants: "",
        pattern: None,
        // Synchronous; 2.7 s in the median, 4.6 at most (12 recorded).
        pace: Pace::new(Takes { creation: 3, change: 3, deletion: 3 }, 3, 300),
        removal: Removal::Delete,
        claim: Claim::Description,
        items: None,
        inline: None,
        is_missed: false,
        etag: None,
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        Self::id_of(&self.scope, &self.role, &self.holder)
    }

    fn body(&self) -> Body {
        let definition = ResourceId::subscription(self.scope.subscription_id())
            .resource(DEFINITIONS, self.role.guid());
        Body::new(json!({ "properties": {
            "roleDefinitionId": definition,
            "principalId": self.principal.to_json(),
            // Without the type, Azure looks the principal up in a directory that may not know it
            // yet, and answers `PrincipalNotFound` for minutes.
            "principalType": "ServicePrincipal",
            "description": self.mark,
        }}))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_ours_and_its_role_tell_its_holder() {
        let group = ResourceId::resource_group("s", "g");
        let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
        let identity = |name| group.resource(kind, name);
        let (one, other) = (identity("one"), identity("other"));
        let scope = group.resource("Microsoft.Network/routeTables", "r");
        let role = Role::MANAGED_IDENTITY_OPERATOR;
        let id = RoleAssignment::id_of(&scope, &role, &other);
        let found = RoleAssignment::holder_of(&id, &role, [&one, &other].into_iter());
        assert_eq!(found, Some(&other));
        assert!(RoleAssignment::holder_of(&id, &role, std::iter::once(&one)).is_none());
        assert!(RoleAssignment::holder_of(&id, &Role::ACR_PULL, std::iter::once(&other)).is_none());
    }
}
