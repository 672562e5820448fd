//! The metadata of what an API server shows.

use serde_json::{Value, json};

use super::{Cluster, age};
use crate::sim::body;
use crate::sim::world::guid_of;

/// What every object says of itself.
pub(super) fn metadata(cluster: &Cluster<'_>, kind: &str, name: &str, made: u64) -> Value {
    json!({
        "name": name, "uid": uid(cluster, kind, name), "resourceVersion": cluster.revision(),
        "creationTimestamp": age::moment(cluster, made),
    })
}

/// A GUID that stays the same as long as the object does.
fn uid(cluster: &Cluster<'_>, kind: &str, name: &str) -> String {
    let own = body::text(&cluster.stored, "/properties/resourceUID").unwrap_or_default();
    let hash = |salt: &str| {
        let all = format!("{salt}/{own}/{kind}/{name}");
        all.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (a, b) = (hash("a"), hash("b"));
    guid_of(a, b)
}
