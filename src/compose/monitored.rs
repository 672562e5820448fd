//! What a cluster's monitoring comes to, for those that need it later in the story.

use crate::arm::id::ResourceId;
use crate::kind::Logs;

/// What the cluster is told of its logs, and what has to be linked to it once it stands.
#[derive(Debug, Default)]
pub(super) struct Monitored {
    /// Where the logs go, if that is said.
    pub(super) logs: Option<Logs>,
    /// The workspace.
    pub(super) workspace: Option<ResourceId>,
    /// The rule of what is collected.
    pub(super) rule: Option<ResourceId>,
}
