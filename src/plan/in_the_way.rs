//! What is deleted before something is made that Azure takes only in its place: another peering of
//! the same two networks, a subnet whose range the new one takes.
//!
//! Every other deletion is the last thing of a run. These come just before what needs their place,
//! and only where nothing else that goes still uses them.

use serde_json::Value;

use super::change::Action;
use super::observed::Found;
use super::step::{Call, Step};
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Kind as _, Peering, Subnet};

/// Tells whether a step makes something that Azure refuses while this stands.
pub(super) fn bars(found: &Found, step: &Step) -> bool {
    if !matches!(step.action, Action::Create | Action::Replace) || step.id == found.id {
        return false;
    }
    let Some(Call::Put(wish)) = step.calls.last() else { return false };
    let wish = wish.desired.value();
    if found.id.is_type(Peering::TYPE) && step.id.is_type(Peering::TYPE) {
        let (theirs, ours) = (ends(&found.id, &found.body), ends(&step.id, wish));
        return theirs.is_some() && theirs == ours;
    }
    found.id.is_type(Subnet::TYPE)
        && step.id.is_type(Subnet::TYPE)
        && found.id.parent() == step.id.parent()
        && Subnet::ranges(&found.body)
            .iter()
            .any(|old| Subnet::ranges(wish).iter().any(|new| new.overlaps(old)))
}

/// Returns the networks that a peering joins, whichever half of it this is.
fn ends(id: &ResourceId, body: &Value) -> Option<[ResourceId; 2]> {
    let remote = ResourceId::at(body, "/properties/remoteVirtualNetwork/id")?;
    let mut ends = [id.parent()?, remote];
    ends.sort();
    Some(ends)
}

/// Puts deletions before what they are in the way of.
pub(super) fn first(steps: &Graph<Step>, deletions: &[(&Found, Step)]) -> Graph<Step> {
    let mut after = Graph::default();
    let mut places: Vec<Index> = Vec::new();
    let mut gone: Vec<Option<Index>> = vec![None; deletions.len()];
    for (index, step) in steps.iter() {
        let mut needs: Vec<Index> =
            steps.needs(index).map(|need| places[need.position()]).collect();
        for (at, (found, deletion)) in deletions.iter().enumerate() {
            if bars(found, step) {
                let place = gone[at].unwrap_or_else(|| after.add(deletion.clone(), []));
                gone[at] = Some(place);
                needs.push(place);
            }
        }
        places.push(after.add(step.clone(), needs));
    }
    after
}
