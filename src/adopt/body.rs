//! What is read of a cluster's body, and why no profile may come of it.

use serde_json::Value;

/// Why no profile can be written of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// AKS hosts its system pool, and it has no other.
    #[error("it has no pool of its own, and a profile has one at least")]
    NoPool,
    /// A pool has no size of machine.
    #[error("the pool `{0}` has no size of machine")]
    NoSize(String),
    /// A body that is none of a cluster.
    #[error("what stands there is no cluster")]
    NoCluster,
}

pub(super) fn pools(cluster: &Value) -> &[Value] {
    let list = cluster.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}
