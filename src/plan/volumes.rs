//! What of other people's work lies in the group of a cluster's nodes and goes with it for good:
//! volumes that workloads claimed, their snapshots, the accounts that hold their shares.

use serde_json::Value;

use super::Plan;
use super::change::Action;
use super::guard::{Refusal, Refused, told};
use super::observed::tag;
use super::ownership::id_of;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, EXPIRES, Kind as _};

/// What holds data in a group of nodes, and what people call it. AKS itself puts none of them there.
const HOLDERS: [(&str, &str); 3] = [
    ("Microsoft.Compute/disks", "disk"),
    ("Microsoft.Compute/snapshots", "snapshot"),
    ("Microsoft.Storage/storageAccounts", "storage account"),
];

/// Something that holds data of workloads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume {
    /// The id.
    pub id: ResourceId,
    /// The noun.
    noun: &'static str,
    /// The claim that it was made for, `namespace/name`, where its driver said so in tags
    /// (the parameters of `disk.csi.azure.com`).
    claim: Option<String>,
}

impl Volume {
    /// Returns it in words.
    fn words(&self) -> String {
        let claim = self.claim.as_ref().map(|claim| format!(" of claim `{claim}`"));
        format!("{} `{}`{}", self.noun, self.id.name(), claim.unwrap_or_default())
    }
}

/// Returns what holds data, of what a list of a group of nodes names.
pub fn volumes(listed: &[Value]) -> Vec<Volume> {
    let mut found: Vec<Volume> = listed.iter().filter_map(volume).collect();
    found.sort();
    found
}

fn volume(item: &Value) -> Option<Volume> {
    let id = id_of(item)?;
    let (_, noun) = HOLDERS.into_iter().find(|(kind, _)| id.is_type(kind))?;
    let name = id.name().to_ascii_lowercase();
    // The disk that a node starts from is made and deleted with it.
    let is_of_a_node =
        noun == "disk" && ["_osdisk_", "os__1_"].iter().any(|part| name.contains(part));
    let of = |part: &str| tag(item, &format!("kubernetes.io-created-for-pvc-{part}"));
    let claim = of("name").map(|name| match of("namespace") {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    });
    (!is_of_a_node).then_some(Volume { id, noun, claim })
}

/// Tells whether a plan deletes a cluster, and with it all that lies in the group of its nodes.
pub fn takes_nodes(plan: &Plan) -> bool {
    cluster_of(plan).is_some()
}

fn cluster_of(plan: &Plan) -> Option<ResourceId> {
    let goes = plan.steps.iter().map(|(_, step)| step);
    let mut goes = goes.filter(|step| step.action == Action::Delete);
    goes.find(|step| step.id.is_type(Cluster::TYPE)).map(|step| step.id.clone())
}

/// Names what is lost for good, or refuses to lose it where nobody said that it may go: by the flag,
/// or by a time to live, after which all of an environment goes.
pub fn guard(plan: &mut Plan, volumes: &[Volume], may_go: bool) {
    let Some(cluster) = cluster_of(plan).filter(|_| !volumes.is_empty()) else { return };
    let words: Vec<String> = volumes.iter().map(Volume::words).collect();
    if may_go {
        plan.attention.push(format!("lost for good: {}", told(&words)).into());
    } else {
        plan.refusals.push(Refusal { id: cluster, why: Refused::HoldsData { volumes: words } });
    }
}

/// Tells whether something says by its tag until when it lives.
pub fn is_timed(body: &Value) -> bool {
    tag(body, EXPIRES).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(kind: &str, name: &str, tags: &Value) -> Value {
        let id = format!("/subscriptions/s/resourceGroups/MC_a/providers/{kind}/{name}");
        json!({ "id": id, "tags": tags })
    }

    #[test]
    fn what_workloads_claimed_holds_data_and_what_nodes_start_from_does_not() {
        let claimed = json!({ "kubernetes.io-created-for-pvc-name": "data",
            "kubernetes.io-created-for-pvc-namespace": "shop" });
        let listed = [
            at("Microsoft.Compute/disks", "pvc-1", &claimed),
            at("Microsoft.Compute/disks", "by-hand", &json!(null)),
            at("Microsoft.Compute/disks", "aks-system-1-vmssaks-system-1-vmOS__1_a", &json!({})),
            at("Microsoft.Compute/disks", "aks-system-1_OsDisk_1_b", &json!({})),
            at("Microsoft.Compute/snapshots", "snapshot-1", &json!({})),
            at("Microsoft.Storage/storageAccounts", "f0a1", &json!({})),
            at("Microsoft.Network/loadBalancers", "kubernetes", &json!({})),
        ];
        let words: Vec<String> = volumes(&listed).iter().map(Volume::words).collect();
        assert_eq!(
            words,
            [
                "disk `by-hand`",
                "disk `pvc-1` of claim `shop/data`",
                "snapshot `snapshot-1`",
                "storage account `f0a1`"
            ]
        );
    }
}
