//! The registry that the nodes fetch images from, and their right to.

use super::Story;
use crate::kind::{Cluster, Identity, Registry, Role, RoleAssignment};

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

    /// Who the identity is that AKS makes for nodes only the cluster tells, once it stands.
    pub(super) fn pulls(&mut self) {
        let Some(scope) = self.registry.clone() else { return };
        let cluster = self.cluster_id();
        let (principal, holder) = match self.kubelet.clone() {
            Some(kubelet) => (Identity::principal(&kubelet), kubelet),
            None => (Cluster::nodes(&cluster), cluster),
        };
        self.add(RoleAssignment {
            scope,
            role: Role::ACR_PULL,
            principal,
            holder,
            mark: RoleAssignment::mark(&self.group, &self.profile.metadata.name),
        });
    }
}
