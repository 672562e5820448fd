//! Room for the nodes that an upgrade adds for its time, in the subnets that they come to stand in.

use serde_json::Value;

use super::ascent::{Ascent, Surge, property};
use crate::address::{Model, Range};
use crate::plan::guard::{Refusal, Refused};
use crate::plan::migrate::model_of;
use crate::plan::observed::Found;

/// Returns the pools whose subnet has too few free addresses for their surge. Pools go one after the
/// other, so each is held against the whole of what is free.
pub(super) fn refusals(ascent: &Ascent, surges: &[Surge]) -> Vec<Refusal> {
    let takes_pods = model_of(&ascent.cluster.body) == Model::NodeSubnet;
    let short = surges.iter().filter_map(|surge| {
        let pool = ascent.pools.iter().find(|pool| pool.id == surge.pool)?;
        let subnet = subnet_of(pool, ascent)?;
        let pods = property(pool, "/maxPods").and_then(Value::as_u64).filter(|_| takes_pods);
        // A node's pods take their addresses with it where they stand in its subnet.
        let needs = surge.nodes * (1 + pods.unwrap_or_default());
        let free = free(subnet)?;
        (needs > free).then(|| Refusal {
            id: surge.pool.clone(),
            why: Refused::NoRoom { subnet: subnet.id.clone(), nodes: surge.nodes, needs, free },
        })
    });
    short.collect()
}

fn subnet_of<'a>(pool: &Found, ascent: &'a Ascent) -> Option<&'a Found> {
    let id = property(pool, "/vnetSubnetID")?.as_str()?;
    ascent.subnets.iter().find(|subnet| subnet.id.as_str().eq_ignore_ascii_case(id))
}

/// Returns how many addresses of a subnet's IPv4 range are free.
fn free(subnet: &Found) -> Option<u64> {
    let single = property(subnet, "/addressPrefix").into_iter();
    let list = property(subnet, "/addressPrefixes").and_then(Value::as_array);
    let all = single.chain(list.into_iter().flatten());
    let mut ranges = all.filter_map(|text| Range::parse(text.as_str()?).ok());
    let range = ranges.find(Range::is_ipv4)?;
    let taken = property(subnet, "/ipConfigurations").and_then(Value::as_array).map_or(0, Vec::len);
    u64::try_from(range.usable()).ok()?.checked_sub(u64::try_from(taken).ok()?)
}
