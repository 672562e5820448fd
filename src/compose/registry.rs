//! The registry that the nodes fetch images from, and their right to.

use super::Story;
use crate::kind::{Cluster, Registry, Role, RoleAssignment};

impl Story<'_> {
    /// Makes the registry, or attaches the one that stands.
    pub(super) fn registry(&mut self) {
        let profile = self.profile;
        let Some(wish) = &profile.registry else { return };
        if let Some(id) = &wish.id {
            self.registry = self.existing::<Registry>(id);
            return;
        }
        let registry = Registry {
            id: self.named::<Registry>(wish.name.as_ref()),
            location: self.location(),
            tags: self.tags(),
            wish: wish.clone(),
        };
        self.registry = Some(self.add_with(registry, wish.properties.as_ref()));
    }

    /// Nodes fetch images as the identity that AKS made for them, so who that is only the cluster
    /// tells, once it stands.
    pub(super) fn pulls(&mut self) {
        let Some(scope) = self.registry.clone() else { return };
        let cluster = self.cluster_id();
        self.add(RoleAssignment {
            scope,
            role: Role::ACR_PULL,
            principal: Cluster::nodes(&cluster),
            holder: cluster,
            mark: RoleAssignment::mark(&self.group, &self.profile.metadata.name),
        });
    }
}
