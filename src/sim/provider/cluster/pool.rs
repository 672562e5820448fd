//! Pools as they are stored: resources of their own, and flat inside their cluster.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::clock::Millis;
use super::super::super::world::World;
use super::super::identity;
use super::{machines, room};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters/agentPools";

/// The phases that count nodes: `CreatingAgentPools: 1/2 nodes completed`.
pub(crate) fn counted(word: &str, from: Millis, to: Millis, nodes: u64) -> Vec<(Millis, String)> {
    let step = (to - from) / (nodes.min(20) + 1);
    let mut phases = vec![(from, word.to_owned())];
    for at in 0..nodes.min(20) {
        let done = (at + 1) * nodes / nodes.clamp(1, 20);
        phases.push((from + step * (at + 1), format!("{word}: {done}/{nodes} nodes completed")));
    }
    phases
}

/// A pool's properties with its name among them, as a cluster shows them.
pub(crate) fn flat(stored: &Value) -> Value {
    let mut pool = stored.get("properties").cloned().unwrap_or_default();
    body::set(&mut pool, "/name", stored["name"].clone());
    pool
}

/// Stores a pool with a state.
pub(crate) fn store(world: &mut World, cluster: &ResourceId, pool: &Value, state: &str) {
    let mut properties = pool.clone();
    let name = properties["name"].take();
    let name = name.as_str().unwrap_or_default();
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("name");
    }
    properties["provisioningState"] = json!(state);
    properties["eTag"] = json!(world.guid());
    let id = cluster.child("agentPools", name);
    let bare = machines::is_bare(&properties);
    let mut stored = json!({
        "id": identity::lower_group(id.as_str()), "name": name, "type": KIND,
        "properties": properties,
    });
    if bare {
        body::take(&mut stored, "/type");
    }
    world.put(id.as_str(), KIND, &stored);
}

/// Ends a pool's change: state and a new tag.
pub(crate) fn settled(world: &mut World, pool: &str) {
    let tag = world.guid();
    world.edit(pool, |stored| {
        autoscale(&mut stored["properties"]);
        body::set(stored, "/properties/provisioningState", "Succeeded");
        body::set(stored, "/properties/eTag", tag);
    });
}

/// The autoscaler brings the count into its range.
fn autoscale(pool: &mut Value) {
    if !body::flag(pool, "/enableAutoScaling") {
        return;
    }
    let count = room::count(pool);
    let least = body::number(pool, "/minCount").unwrap_or(count);
    let most = body::number(pool, "/maxCount").unwrap_or(count).max(least);
    body::set(pool, "/count", count.clamp(least, most));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_count_to_the_last_node() {
        let phases = counted("CreatingAgentPools", 0, 90, 2);
        let words: Vec<&str> = phases.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(
            words,
            [
                "CreatingAgentPools",
                "CreatingAgentPools: 1/2 nodes completed",
                "CreatingAgentPools: 2/2 nodes completed"
            ]
        );
    }
}
