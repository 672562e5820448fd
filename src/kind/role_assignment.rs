//! Role assignments: what an identity may do, and where.

use serde_json::{Value, json};
use uuid::Uuid;

use super::identity::Identity;
use super::{Claim, ENVIRONMENT, Kind, Pace, Removal, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, CreateOnly, Fixed, Folded, Rule, Server};

/// A built-in role; its GUID is the same in every directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Manage networks; what a cluster needs on its subnets and route table.
    NetworkContributor,
    /// Write records in a private DNS zone.
    PrivateDnsZoneContributor,
    /// Use an identity on behalf of another resource.
    ManagedIdentityOperator,
}

impl Role {
    /// Every role that is given here.
    const ALL: [Self; 3] =
        [Self::NetworkContributor, Self::PrivateDnsZoneContributor, Self::ManagedIdentityOperator];

    /// Returns the role definition's GUID
    /// (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>).
    pub const fn guid(self) -> &'static str {
        match self {
            Self::NetworkContributor => "4d97b98b-1d4f-4787-a291-c67834d212e7",
            Self::PrivateDnsZoneContributor => "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
            Self::ManagedIdentityOperator => "f1a07417-d97a-45cb-824c-7a7467783830",
        }
    }

    /// Returns the role of a definition's GUID, if it is one of these.
    pub fn by_guid(guid: &str) -> Option<Self> {
        let all = [
            Self::NetworkContributor,
            Self::PrivateDnsZoneContributor,
            Self::ManagedIdentityOperator,
        ];
        all.into_iter().find(|role| role.guid().eq_ignore_ascii_case(guid))
    }

    /// Tells whether whoever holds the role of a definition holds this one: it is the same, or one
    /// of the two that may do everything with resources.
    pub fn is_held_by(self, guid: &str) -> bool {
        const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
        [self.guid(), OWNER, CONTRIBUTOR].iter().any(|held| held.eq_ignore_ascii_case(guid))
    }

    /// Returns the name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkContributor => "Network Contributor",
            Self::PrivateDnsZoneContributor => "Private DNS Zone Contributor",
            Self::ManagedIdentityOperator => "Managed Identity Operator",
        }
    }
}

/// A role for an identity on a scope.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// Where it holds.
    pub scope: ResourceId,
    /// What may be done there.
    pub role: Role,
    /// The identity that may.
    pub identity: ResourceId,
    /// Which environment gives it: assignments carry no tags, but a description.
    pub mark: String,
}

impl RoleAssignment {
    /// Returns the id that an assignment of `role` on `scope` to `identity` has.
    ///
    /// The name is a UUIDv5 of the three. The identity counts by its resource id: the GUID that
    /// the directory gives it is not known before it exists, and the plan is made before that.
    pub fn id_of(scope: &ResourceId, role: &str, identity: &ResourceId) -> ResourceId {
        let text = format!("{scope}|{role}|{identity}").to_ascii_lowercase();
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes());
        scope.resource(Self::TYPE, &name.to_string())
    }

    /// Returns what the assignments of an environment say of themselves.
    pub fn mark(group: &ResourceId, environment: &str) -> String {
        format!("{ENVIRONMENT}: {}/{}/{environment}", group.subscription_id(), group.name())
    }

    /// Returns the role that an id of ours stands for and who holds it, if that is among these: its
    /// name is made of both and tells nobody anything.
    pub fn of_id<'a>(
        id: &ResourceId,
        identities: impl Iterator<Item = &'a ResourceId>,
    ) -> Option<(Role, &'a ResourceId)> {
        let scope = id.is_type(Self::TYPE).then(|| id.parent()).flatten()?;
        let mut pairs = identities.flat_map(|to| Role::ALL.map(|role| (role, to)));
        pairs.find(|(role, to)| Self::id_of(&scope, role.guid(), to) == *id)
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
        holds_data: false,
        etag: None,
        asks: None,
        holds: &[],
        users: &[],
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        Self::id_of(&self.scope, self.role.guid(), &self.identity)
    }

    fn body(&self) -> Body {
        let definition = ResourceId::subscription(self.scope.subscription_id())
            .resource("Microsoft.Authorization/roleDefinitions", self.role.guid());
        Body::new(json!({ "properties": {
            "roleDefinitionId": definition,
            "principalId": Identity::principal(&self.identity).to_json(),
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
    fn an_id_of_ours_tells_its_role_and_its_holder() {
        let group = ResourceId::resource_group("s", "g");
        let identity = |name| group.resource(Identity::TYPE, name);
        let (one, other) = (identity("one"), identity("other"));
        let scope = group.resource("Microsoft.Network/routeTables", "r");
        let role = Role::ManagedIdentityOperator;
        let id = RoleAssignment::id_of(&scope, role.guid(), &other);
        let found = RoleAssignment::of_id(&id, [&one, &other].into_iter());
        assert_eq!(found, Some((role, &other)));
        assert!(RoleAssignment::of_id(&id, std::iter::once(&one)).is_none());
    }
}
