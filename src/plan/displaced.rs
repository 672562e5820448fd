//! Parts that give way: of two rules with one priority, or two routes to one prefix, Azure takes one.
//!
//! What the profile names takes the place in the same request, so that no moment is without either.
//! What was ours goes that way, without `--prune`: a renamed rule is one change. What another hand
//! made is never taken away for it; the plan is refused before its first write.

use std::borrow::Cow;

use serde_json::Value;

use super::guard::{Refusal, Refused};
use super::observed::{Observed, members};
use crate::arm::id::ResourceId;
use crate::diff::settle;
use crate::graph::Graph;
use crate::kind::Resource;

/// A part that stands where a part of the profile is to stand.
pub(super) struct Displaced {
    whole: ResourceId,
    part: ResourceId,
    is_ours: bool,
}

/// Returns what would give way to the parts that a profile names.
pub(super) fn displaced(desired: &Graph<Resource>, observed: &Observed) -> Vec<Displaced> {
    let mut found = Vec::new();
    for (_, resource) in desired.iter() {
        let (Some(items), Some(body)) = (resource.traits.items, observed.get(&resource.id).body())
        else {
            continue;
        };
        let settled = settle(body, resource.body.value(), &resource.rules);
        let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
        let stay: Vec<String> = members(&settled, items.list).filter_map(name).collect();
        for part in members(body, items.list).filter_map(name).filter(|name| !stay.contains(name)) {
            let part = resource.id.child(items.list, &part);
            let is_ours = observed.unmanaged.iter().any(|found| found.id == part);
            found.push(Displaced { whole: resource.id.clone(), part, is_ours });
        }
    }
    found
}

/// Returns what was observed without the parts of ours that give way: they are neither left alone
/// nor deleted by a request of their own.
pub(super) fn without<'a>(displaced: &[Displaced], observed: &'a Observed) -> Cow<'a, Observed> {
    if !displaced.iter().any(|one| one.is_ours) {
        return Cow::Borrowed(observed);
    }
    let mut rest = observed.clone();
    rest.unmanaged.retain(|found| !displaced.iter().any(|one| one.part == found.id));
    Cow::Owned(rest)
}

/// Returns the refusals for parts of another hand.
pub(super) fn refused(displaced: &[Displaced]) -> impl Iterator<Item = Refusal> {
    let others = displaced.iter().filter(|one| !one.is_ours);
    others.map(|one| Refusal {
        id: one.whole.clone(),
        why: Refused::Taken { part: one.part.clone() },
    })
}
