//! What a profile says twice: as a whole resource, and by a section of its own.

use std::collections::BTreeMap;

use super::{Setting, compose};
use crate::arm::id::ResourceId;
use crate::profile::schema::{AnyResource, Profile};

/// Any subscription: of two ids in one it does not matter which.
const SOME: &str = "00000000-0000-0000-0000-000000000000";

/// Returns the whole resources that a section of the profile makes or names as well, by their places in
/// `resources`: of two wishes for one thing each would be written over the other, for ever.
pub fn said_twice(profile: &Profile) -> Vec<usize> {
    if profile.resources.is_empty() {
        return Vec::new();
    }
    let setting = Setting { subscription: SOME.to_owned(), ..Setting::default() };
    let mut counts: BTreeMap<ResourceId, usize> = BTreeMap::new();
    for (_, one) in compose(profile, &setting).iter() {
        *counts.entry(one.id.clone()).or_default() += 1;
    }
    let twice: Vec<&ResourceId> =
        counts.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id).collect();
    let is = |one: &AnyResource, id: &ResourceId| {
        id.is_type(&one.kind) && id.names().join("/").eq_ignore_ascii_case(&one.name)
    };
    let all = profile.resources.iter().enumerate();
    let twice = all.filter(|(_, one)| twice.iter().any(|id| is(one, id)));
    twice.map(|(at, _)| at).collect()
}
