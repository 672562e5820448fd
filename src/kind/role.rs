//! Roles: what Azure calls them, and by which GUID it knows them.

use std::borrow::Cow;
use std::fmt;

use crate::profile::roles;

/// A role, by the GUID of its definition; that of a built-in one is the same in every directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(Cow<'static, str>);

pub(super) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
pub(super) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
pub(super) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
pub(super) const NETWORK_CONTRIBUTOR: &str = "4d97b98b-1d4f-4787-a291-c67834d212e7";
pub(super) const PRIVATE_DNS_ZONE_CONTRIBUTOR: &str = "b12aa53e-6015-4669-85d0-8515ebb3ae7f";
pub(super) const MANAGED_IDENTITY_OPERATOR: &str = "f1a07417-d97a-45cb-824c-7a7467783830";
pub(super) const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
pub(super) const ACR_PUSH: &str = "8311e382-0749-4cb8-b32a-304f252e45ec";

/// The roles of which it is known here what they hold.
const KNOWN: [&str; 8] = [
    OWNER,
    CONTRIBUTOR,
    READER,
    NETWORK_CONTRIBUTOR,
    PRIVATE_DNS_ZONE_CONTRIBUTOR,
    MANAGED_IDENTITY_OPERATOR,
    ACR_PULL,
    ACR_PUSH,
];

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

    /// Tells whether the role is one that is known here: what it holds need not be read.
    pub fn is_known(&self) -> bool {
        let mut known = KNOWN.iter();
        known.any(|guid| guid.eq_ignore_ascii_case(self.guid()))
    }
}

impl fmt::Display for Role {
    /// Writes the name that people know it by, and the GUID of one that is not built in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(roles::name(self.guid()).unwrap_or(self.guid()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_called_by_its_name_and_one_of_others_by_its_guid() {
        assert_eq!(Role::of("7F951DDA-4ed3-4680-a7ca-43fe172d538d").to_string(), "AcrPull");
        assert_eq!(Role::of("own").to_string(), "own");
    }
}
