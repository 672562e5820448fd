//! What AKS makes in a cluster's own group: scale sets and load balancers. They can be read; made
//! they are by the cluster alone.

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::error::Refusal;
use super::super::world::World;
use super::{Answer, Provider, Put};

/// A type that only AKS makes.
pub(crate) struct Held(&'static str);

/// `Microsoft.Compute/virtualMachineScaleSets`.
pub(crate) static SCALE_SET: Held = Held("Microsoft.Compute/virtualMachineScaleSets");
/// `Microsoft.Network/loadBalancers`.
pub(crate) static LOAD_BALANCER: Held = Held("Microsoft.Network/loadBalancers");

impl Provider for Held {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn put(&self, _world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(denied(put.id))
    }

    fn delete(
        &self,
        _world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        Err(denied(id))
    }
}

/// The deny assignment that AKS's node resource group lockdown puts on its group.
fn denied(id: &ResourceId) -> Refusal {
    Refusal::arm(
        403,
        "DenyAssignmentAuthorizationFailed",
        format!("The embedded Azure lets only AKS write '{id}'."),
    )
}
