//! Whom a cluster acts as, its nodes, and what runs on them.

use serde_json::json;

use super::Story;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, FederatedCredential, Identity, Kind as _, Role, RoleAssignment};
use crate::profile::roles;
use crate::profile::schema::{Grant, Switch};

/// What the identity of the nodes is called where nobody says.
const KUBELET: &str = "{name}-kubelet";

impl Story<'_> {
    /// On a network of its own a cluster acts as an identity that had its rights before the
    /// cluster was made; only on AKS's own network is AKS's own identity enough.
    pub(super) fn identity(&mut self) {
        if let Some(wish) = &self.profile.cluster.identity {
            self.identity = self.existing::<Identity>(&wish.id.clone());
        } else if self.profile.has_identity() {
            let names = &self.profile.names;
            let id = self.named::<Identity>(names.identity.as_ref());
            let identity = Identity { id, location: self.location(), tags: self.tags() };
            self.identity = Some(self.add(identity));
        }
    }

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

    /// Makes the identities that pods act as. Whose tokens they trust only the cluster tells, once it
    /// stands.
    pub(super) fn workload_identities(&mut self) {
        let profile = self.profile;
        let named = self.named_parts();
        let cluster = self.cluster_id();
        let mark = RoleAssignment::mark(&self.group, &profile.metadata.name);
        for (key, wish) in &profile.workload_identities {
            let id = self.group.resource(Identity::TYPE, &profile.workload_name(key));
            let identity = Identity { id, location: self.location(), tags: self.tags() };
            let identity = self.add(identity);
            for service_account in wish.service_accounts.clone() {
                let (identity, issuer) = (identity.clone(), Cluster::issuer(&cluster));
                self.add(FederatedCredential { identity, issuer, service_account });
            }
            let scope = |grant: &Grant| {
                let scope = named.resolved(&json!(grant.scope));
                ResourceId::parse(scope.as_str()?).ok()
            };
            for grant in &wish.roles {
                let (Some(scope), Some(role)) = (scope(grant), roles::guid(&grant.role)) else {
                    continue;
                };
                self.add(RoleAssignment {
                    scope,
                    role: Role::of(&role),
                    holder: identity.clone(),
                    principal: Identity::principal(&identity),
                    mark: mark.clone(),
                });
            }
        }
    }
}
