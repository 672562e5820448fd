//! Whom a cluster's nodes act as: an identity of AKS's making, or one that is given and that the
//! control plane may put on them (AKS documentation, pre-created kubelet managed identity).

use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::private::acts;

const AT: &str = "/properties/identityProfile/kubeletidentity";
const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

fn id(cluster: &Value) -> Option<&str> {
    body::text(cluster, &format!("{AT}/resourceId"))
}

/// Tells whether the nodes are to act as another identity than they do.
pub(crate) fn changes(old: Option<&Value>, new: &Value) -> bool {
    let was = old.and_then(id);
    id(new).is_some_and(|will| was.is_none_or(|was| !was.eq_ignore_ascii_case(will)))
}

/// Keeps of an identity that comes which it is: client and object follow from that.
pub(crate) fn name(old: Option<&Value>, stored: &mut Value) {
    if changes(old, stored) {
        let only = json!({ "resourceId": id(stored) });
        body::set(stored, AT, only);
    } else if let Some(kept) = old.and_then(|old| old.pointer(AT)) {
        body::set(stored, AT, kept.clone());
    }
}

/// Refuses an identity that is not there, or that the control plane may not put on nodes.
pub(crate) fn check(world: &World, old: Option<&Value>, stored: &Value) -> Result<(), Refusal> {
    let Some(given) = id(stored).filter(|_| changes(old, stored)) else { return Ok(()) };
    let refused = |code: &str, message: String| {
        let target = "identityProfile.kubeletidentity";
        Err(Refusal::aks(400, code, message).target(target))
    };
    if body::text(stored, "/identity/type") != Some("UserAssigned") {
        return refused(
            "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster",
            "Custom kubelet identity is only supported on clusters with a user-assigned identity."
                .to_owned(),
        );
    }
    if world.get(given).is_some() && acts(world, stored, ASSIGN, given) {
        return Ok(());
    }
    refused(
        "CustomKubeletIdentityMissingPermissionError",
        format!(
            "The cluster identity must be granted the role 'Managed Identity Operator' on the \
             kubelet identity '{given}' to assign it."
        ),
    )
}
