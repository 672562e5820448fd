//! What kinds of objects there are: what stands in every cluster, and what people ask for by habit
//! and find none of.

use serde_json::{Value, json};

/// A kind of objects.
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    pub(super) word: &'static str,
    pub(super) short: &'static [&'static str],
    pub(super) namespaced: bool,
    /// Whether `kubectl get all` shows it.
    pub(super) is_usual: bool,
}

const fn core(
    resource: &'static str,
    word: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
) -> Kind {
    Kind { group: "", version: "v1", resource, word, short, namespaced, is_usual: false }
}

const fn apps(resource: &'static str, word: &'static str, short: &'static [&'static str]) -> Kind {
    let usual = core(resource, word, short, true);
    Kind { group: "apps", is_usual: true, ..usual }
}

pub(super) const KINDS: &[Kind] = &[
    core("nodes", "Node", &["no"], false),
    core("namespaces", "Namespace", &["ns"], false),
    Kind { is_usual: true, ..core("pods", "Pod", &["po"], true) },
    Kind { is_usual: true, ..core("services", "Service", &["svc"], true) },
    core("events", "Event", &["ev"], true),
    core("configmaps", "ConfigMap", &["cm"], true),
    core("persistentvolumes", "PersistentVolume", &["pv"], false),
    core("persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"], true),
    apps("daemonsets", "DaemonSet", &["ds"]),
    apps("deployments", "Deployment", &["deploy"]),
    apps("replicasets", "ReplicaSet", &["rs"]),
    apps("statefulsets", "StatefulSet", &["sts"]),
    Kind { group: "coordination.k8s.io", ..core("leases", "Lease", &[], true) },
];

/// The groups of reviews, which are asked and not kept: group, resource, kind.
pub(super) const REVIEWS: &[(&str, &str, &str)] = &[
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
];

impl Kind {
    /// `v1`, or `apps/v1`.
    pub(super) fn api(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Returns an object that says what it is, as it does outside a list.
    pub(super) fn typed(&self, mut object: Value) -> Value {
        object["kind"] = json!(self.word);
        object["apiVersion"] = json!(self.api());
        object
    }
}

/// Finds a kind by its resource.
pub(super) fn find(group: &str, version: &str, resource: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.group == group && kind.version == version && kind.resource == resource)
}
