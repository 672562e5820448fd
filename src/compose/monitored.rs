//! What a cluster's monitoring comes to, for those that need it later in the story.

use crate::arm::id::ResourceId;
use crate::kind::Logs;

/// What the cluster is told of its logs and metrics, and what has to be linked to it once it stands.
#[derive(Debug, Default)]
pub(super) struct Monitored {
    /// Where the logs go, if that is said.
    pub(super) logs: Option<Logs>,
    /// Whether metrics are collected, if that is said.
    pub(super) metrics: Option<bool>,
    /// The workspace of the logs.
    pub(super) workspace: Option<ResourceId>,
    /// The workspace of the metrics.
    pub(super) account: Option<ResourceId>,
    /// The rules of what is collected, each by the name of the link that its agent looks for.
    pub(super) rules: Vec<(&'static str, ResourceId)>,
}
