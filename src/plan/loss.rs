//! What is lost for good when something is deleted and made again, in words.

use serde_json::Value;

use super::observed::has_nodes;
use crate::kind::{
    AgentPool, Cluster, Identity, Kind as _, NatGateway, PublicIp, RouteTable, SecurityGroup,
    Subnet, VirtualNetwork,
};

/// Returns what goes with a resource that is deleted and made again, as a clause without a stop.
pub(super) fn loses(kind: &str, body: &Value) -> Option<String> {
    let is = |known: &str| kind.eq_ignore_ascii_case(known);
    let text = |at: &str| body.pointer(at).and_then(Value::as_str);
    let clause = if is(Cluster::TYPE) {
        "all that runs on it is lost, with every disk, address and load balancer in the group of its \
         nodes, and its API server gets another name"
            .to_owned()
    } else if is(AgentPool::TYPE) {
        format!(
            "{} with all that runs there and all that lies on their own disks",
            match has_nodes(body) {
                0 => "it goes".to_owned(),
                1 => "its 1 node goes".to_owned(),
                nodes => format!("its {nodes} nodes go at once"),
            }
        )
    } else if is(PublicIp::TYPE) {
        match text("/properties/ipAddress") {
            Some(address) => format!("its address {address} is lost, and the next is another one"),
            None => "its address is lost, and the next is another one".to_owned(),
        }
    } else if is(Identity::TYPE) {
        "the next one is another principal: every right given to this one is lost".to_owned()
    } else if is(VirtualNetwork::TYPE) || is(Subnet::TYPE) {
        "whatever stands in it must go first, and its addresses are given out anew".to_owned()
    } else if is(NatGateway::TYPE) || is(RouteTable::TYPE) || is(SecurityGroup::TYPE) {
        "what others attached to it, or wrote into it, is lost".to_owned()
    } else {
        return None;
    };
    Some(clause)
}
