//! The doors that pods with a range of their own need in a security group of ours; opened before
//! the cluster moves, or pods are cut off as soon as they have their new addresses.

use serde_json::{Value, json};

use super::super::change::{Action, Reason};
use super::super::observed::Found;
use super::super::ownership::remembering;
use super::super::step::{Call, Step, Verify};
use super::super::wish::Wish;
use super::cluster_body::{ClusterBody, Target};
use super::ground::{Ground, guards, pod_range};
use crate::address::Model;
use crate::arm::body::Body;
use crate::diff::{deltas, settle};
use crate::kind::{Kind, SecurityGroup, SecurityRule, lane, rules_of};

/// Returns the steps that let pods through our own security groups.
pub(super) fn steps(
    environment: &str,
    ground: &Ground,
    cluster: &ClusterBody<'_>,
    to: Target,
) -> Vec<Step> {
    let new_range = to == Target::Overlay && cluster.model() == Model::NodeSubnet;
    let Some(range) = pod_range(ground, cluster).filter(|_| new_range) else { return Vec::new() };
    let rules: Vec<Value> =
        SecurityRule::for_pods(&range.to_string()).iter().map(SecurityRule::to_json).collect();
    let owned = ground.inventory.owned.iter();
    let ours = owned.filter(|owned| guards(ground).contains(&owned.id));
    // The next `up` knows them as ours by the tag.
    let wish = |group: &Found| {
        let names = rules.iter().filter_map(|rule| rule.get("name")?.as_str());
        let tags = SecurityGroup::TRAITS.items.map(|parts| remembering(&group.body, parts, names));
        json!({ "tags": tags, "properties": { "securityRules": rules } })
    };
    ours.filter_map(|group| step(environment, group, &wish(group))).collect()
}

fn step(environment: &str, group: &Found, wish: &Value) -> Option<Step> {
    let kind = SecurityGroup::TYPE;
    let rules = rules_of(kind).unwrap_or_default();
    let after = settle(&group.body, wish, &rules);
    (after != group.body).then(|| Step {
        id: group.id.clone(),
        kind: kind.to_owned(),
        api: group.api.clone(),
        action: Action::Update,
        reasons: vec![Reason::NeededAfter],
        deltas: deltas(&group.body, &after, &rules),
        calls: vec![Call::Put(
            Wish::on::<SecurityGroup>(wish.clone(), &group.body).of(Some(environment)),
        )],
        verify: Some(Verify { desired: Body::new(wish.clone()), rules }),
        lane: lane(&group.id),
        pace: SecurityGroup::TRAITS.pace,
    })
}
