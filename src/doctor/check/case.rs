//! What every check looks at.

use crate::doctor::facts::Facts;
use crate::doctor::needs::Needs;
use crate::profile::schema::Profile;

/// What every check looks at.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) facts: &'a Facts,
    pub(super) profile: &'a Profile,
    pub(super) needs: &'a Needs,
}
