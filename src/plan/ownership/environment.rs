//! An environment: a name, in a group, in a subscription.

use serde_json::Value;

use super::super::observed::tag;
use crate::arm::id::ResourceId;
use crate::kind::{ALL, Cluster, ENVIRONMENT, Kind as _, RoleAssignment};

/// An environment. Its name alone does not tell it from another: two teams of one subscription may
/// both have a `demo`, each in a group of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The subscription.
    pub subscription: String,
    /// The name, as the tag spells it.
    pub name: String,
    /// The resource group that everything of it lies in, whoever made that.
    pub group: ResourceId,
}

impl Environment {
    /// Returns the environment of a name in a group.
    pub fn new(subscription: &str, group: &str, name: &str) -> Self {
        Self {
            subscription: subscription.to_owned(),
            name: name.to_owned(),
            group: ResourceId::resource_group(subscription, group),
        }
    }

    /// Tells whether a body carries this environment's name. Azure's lists ignore the case of a
    /// tag's value; `H` and `h` are two environments all the same.
    pub fn is_named_by(&self, body: &Value) -> bool {
        tag(body, ENVIRONMENT) == Some(&self.name)
    }

    /// Tells whether an id is the group's or lies in it.
    pub fn is_home(&self, id: &ResourceId) -> bool {
        *id == self.group || id.is_under(&self.group)
    }

    /// Tells whether a resource that carries tags is this environment's, by what was read of it.
    pub fn owns(&self, id: &ResourceId, body: &Value) -> bool {
        self.is_home(id) && self.is_named_by(body)
    }

    /// Tells whether a group that AKS made is what is left of a cluster of this environment: it says
    /// which cluster it is of, and AKS copied the cluster's tags to it.
    pub fn owned_nodes(&self, body: &Value) -> bool {
        let cluster = body.get("managedBy").and_then(Value::as_str);
        let cluster = cluster.and_then(|text| ResourceId::parse(text).ok());
        self.is_named_by(body)
            && cluster.is_some_and(|id| id.is_type(Cluster::TYPE) && id.is_under(&self.group))
    }

    /// Returns what grants of this environment say of themselves.
    pub fn mark(&self) -> String {
        RoleAssignment::mark(&self.group, &self.name)
    }

    /// Returns what an environment of this name owns as a rule. Lists lag; what is read under its
    /// own id does not, so these are read whether or not a list names them.
    pub fn expected(&self) -> Vec<ResourceId> {
        let named = ALL.iter().filter_map(|kind| {
            Some(self.group.resource(kind.name, &kind.traits.name_in(&self.group, &self.name)?))
        });
        named.collect()
    }
}
