//! Roles: what Azure calls them, by which GUID it knows them, and which of them hold others.

use std::borrow::Cow;
use std::fmt;

/// A role, by the GUID of its definition; that of a built-in one is the same in every directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(Cow<'static, str>);

/// Built-in roles by the names people know them by
/// (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>).
const BUILT_IN: &[(&str, &str)] = &[
    ("Network Contributor", NETWORK_CONTRIBUTOR),
    ("Private DNS Zone Contributor", PRIVATE_DNS_ZONE_CONTRIBUTOR),
    ("Managed Identity Operator", MANAGED_IDENTITY_OPERATOR),
    ("AcrPull", ACR_PULL),
    ("AcrPush", ACR_PUSH),
    ("Owner", OWNER),
    ("Contributor", CONTRIBUTOR),
    ("Reader", READER),
];

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const NETWORK_CONTRIBUTOR: &str = "4d97b98b-1d4f-4787-a291-c67834d212e7";
const PRIVATE_DNS_ZONE_CONTRIBUTOR: &str = "b12aa53e-6015-4669-85d0-8515ebb3ae7f";
const MANAGED_IDENTITY_OPERATOR: &str = "f1a07417-d97a-45cb-824c-7a7467783830";
const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const ACR_PUSH: &str = "8311e382-0749-4cb8-b32a-304f252e45ec";

impl Role {
    /// Manage networks; what a cluster needs on its subnets and route table.
    pub const NETWORK_CONTRIBUTOR: Self = Self(Cow::Borrowed(NETWORK_CONTRIBUTOR));
    /// Write records in a private DNS zone.
    pub const PRIVATE_DNS_ZONE_CONTRIBUTOR: Self =
        Self(Cow::Borrowed(PRIVATE_DNS_ZONE_CONTRIBUTOR));
    /// Use an identity on behalf of another resource.
    pub const MANAGED_IDENTITY_OPERATOR: Self = Self(Cow::Borrowed(MANAGED_IDENTITY_OPERATOR));
    /// Fetch images of a registry.
    pub const ACR_PULL: Self = Self(Cow::Borrowed(ACR_PULL));

    /// Returns the role of a definition's GUID.
    pub fn of(guid: &str) -> Self {
        Self(Cow::Owned(guid.to_ascii_lowercase()))
    }

    /// Returns the GUID of the definition.
    pub fn guid(&self) -> &str {
        &self.0
    }

    /// Tells whether whoever holds the role of a definition holds this one: it is the same, or one
    /// that is known to hold it.
    pub fn is_held_by(&self, guid: &str) -> bool {
        // Those two hold everything that is done with resources, and nothing that is done with
        // what these hold: of a role that nobody here knows the latter may be a part.
        let resources: &[&str] = match self.guid() {
            ACR_PULL => &[OWNER, CONTRIBUTOR, READER, ACR_PUSH],
            NETWORK_CONTRIBUTOR | PRIVATE_DNS_ZONE_CONTRIBUTOR | MANAGED_IDENTITY_OPERATOR => {
                &[OWNER, CONTRIBUTOR]
            }
            _ => &[],
        };
        [self.guid()].iter().chain(resources).any(|held| held.eq_ignore_ascii_case(guid))
    }
}

impl fmt::Display for Role {
    /// Writes the name that people know it by, and the GUID of one that is not built in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = BUILT_IN.iter().find(|(_, guid)| guid.eq_ignore_ascii_case(self.guid()));
        f.write_str(known.map_or(self.guid(), |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_may_be_fetched_by_whoever_may_push_or_read_all() {
        for (held, is_enough) in
            [(ACR_PUSH, true), (READER, true), (CONTRIBUTOR, true), ("x", false)]
        {
            assert_eq!(Role::ACR_PULL.is_held_by(held), is_enough, "{held}");
        }
        assert!(!Role::NETWORK_CONTRIBUTOR.is_held_by(READER));
        // An owner of a storage account reads no blob by that.
        let unknown = Role::of("2A2B9908-6EA1-4AE2-8E65-A410DF84E7D1");
        assert!(!unknown.is_held_by(OWNER) && unknown.is_held_by(unknown.guid()));
    }

    #[test]
    fn a_role_is_called_by_its_name_and_one_of_others_by_its_guid() {
        assert_eq!(Role::of("7F951DDA-4ed3-4680-a7ca-43fe172d538d").to_string(), "AcrPull");
        assert_eq!(Role::of("own").to_string(), "own");
    }
}
