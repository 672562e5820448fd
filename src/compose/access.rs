//! Whom the nodes of a cluster act as.

use super::Story;
use crate::arm::id::ResourceId;
use crate::kind::{Identity, Role};
use crate::profile::schema::Switch;

/// What the identity of the nodes is called where nobody says.
const KUBELET: &str = "{name}-kubelet";

impl Story<'_> {
    /// Makes the identity of the nodes, or names the one that stands.
    pub(super) fn kubelet_identity(&mut self) {
        let profile = self.profile;
        self.kubelet = match &profile.cluster.kubelet_identity {
            None | Some(Switch::Is(false)) => None,
            Some(Switch::With(wish)) => self.existing::<Identity>(&wish.id),
            Some(Switch::Is(true)) => {
                let usual = KUBELET.to_owned();
                let name = profile.names.kubelet_identity.as_ref().unwrap_or(&usual);
                let id = self.named::<Identity>(Some(name));
                let identity = Identity { id, location: self.location(), tags: self.tags() };
                Some(self.add(identity))
            }
        };
    }

    /// Returns what the identity of the control plane needs to put that of the nodes on them.
    pub(super) fn right_to_lend(&self) -> Option<(ResourceId, Role)> {
        Some((self.kubelet.clone()?, Role::MANAGED_IDENTITY_OPERATOR))
    }
}
