//! What a plan is about to write, as far as a look beforehand has to know.

use std::collections::{BTreeMap, BTreeSet};

use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _};

/// What is about to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// What is made anew.
    pub made: BTreeSet<ResourceId>,
    /// What is changed in place.
    pub changed: BTreeSet<ResourceId>,
    /// What of that gets other tags and nothing else: it takes no machines and no room.
    pub tagged: BTreeSet<ResourceId>,
    /// What is deleted.
    pub deleted: BTreeSet<ResourceId>,
    /// The Kubernetes versions that change, before and after, by cluster or pool.
    pub versions: BTreeMap<ResourceId, (String, String)>,
}

impl Writes {
    /// Tells whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.ids().next().is_none()
    }

    /// Returns everything that is written; what is replaced comes twice.
    pub(super) fn ids(&self) -> impl Iterator<Item = &ResourceId> {
        self.made.iter().chain(&self.changed).chain(&self.deleted)
    }

    /// Returns the clusters that stand and are changed or deleted, or whose pools are.
    pub(super) fn clusters(&self) -> BTreeSet<ResourceId> {
        let standing = self.changed.iter().chain(&self.deleted);
        standing.filter_map(cluster_of).collect()
    }
}

/// Returns the cluster that an id is, or is a pool of.
pub(super) fn cluster_of(id: &ResourceId) -> Option<ResourceId> {
    if id.is_type(Cluster::TYPE) {
        return Some(id.clone());
    }
    id.parent().filter(|parent| parent.is_type(Cluster::TYPE))
}
