//! Pools that take over from others, as a profile has them: how, and what stands in between.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::plan::{Observed, Plan, Succession, rotations};
use crate::profile::Profile;
use crate::profile::schema::{Autoscale, Pool};

/// Returns how the pools of a profile hand over to others.
pub(super) fn successions(profile: &Profile) -> BTreeMap<String, Succession> {
    let of = |pool: &Pool| {
        let succession = Succession {
            successor: pool.successor.clone(),
            ignores_budgets: pool.ignore_pod_disruption_budget.unwrap_or(false),
        };
        (pool.own_name().to_owned(), succession)
    };
    profile.pools.iter().map(of).collect()
}

/// Returns the profile as it stands while a plan is carried out: of a pool and the one that takes
/// over from it both are there, so room and quota are asked for both.
pub(super) fn between(profile: &Profile, plan: &Plan, observed: &Observed) -> Profile {
    let mut profile = profile.clone();
    for rotation in rotations(plan.steps.iter().map(|(_, step)| step)) {
        let name = rotation.from.name();
        let Some(old) = profile.pools.iter_mut().find(|pool| pool.name == name) else { continue };
        let mut new = old.clone();
        rotation.to.name().clone_into(&mut new.name);
        if let Some(body) = observed.get(&rotation.from).body() {
            as_it_stands(old, body);
            // It begins with as many nodes as the autoscaler gave the old one.
            if new.count.is_none() || new.autoscale.is_some() {
                let bounds = new.autoscale.as_ref().map(|scale| (scale.min, scale.max));
                let (least, most) = bounds.unwrap_or((0, u32::MAX));
                new.count = old.count.map(|count| count.clamp(least.min(most), most));
            }
        }
        profile.pools.push(new);
    }
    profile
}

/// Writes into a pool of the profile what its machines are in Azure.
fn as_it_stands(pool: &mut Pool, body: &Value) {
    let number = |name: &str| {
        let number = body.pointer(&format!("/properties/{name}"))?.as_u64()?;
        u32::try_from(number).ok()
    };
    if let Some(size) = body.pointer("/properties/vmSize").and_then(Value::as_str) {
        size.clone_into(&mut pool.vm_size);
    }
    pool.count = number("count").or(pool.count);
    pool.max_pods = number("maxPods").or(pool.max_pods);
    let scales = body.pointer("/properties/enableAutoScaling").and_then(Value::as_bool);
    let bounds = number("minCount").zip(number("maxCount")).filter(|_| scales == Some(true));
    pool.autoscale = bounds.map(|(min, max)| Autoscale { min, max });
}
