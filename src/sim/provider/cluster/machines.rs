//! Pools of single machines instead of scale sets: their sizes stand in a list, and some hold
//! machines that are made one by one.

use serde_json::{Value, json};

use super::super::super::body;
use super::room;

/// Whether a pool's nodes are single machines.
pub(crate) fn is_single(pool: &Value) -> bool {
    body::text(pool, "/type") == Some("VirtualMachines")
}

/// Whether a pool's machines are made one by one, by calls of their own.
pub(crate) fn is_bare(pool: &Value) -> bool {
    body::text(pool, "/mode") == Some("Machines")
}

/// Makes a pool in an availability set one of single machines, as AKS migrates it: the same size
/// and count, in a list (recorded by `ext-aks_migrate_vmas_to_vms`).
pub(crate) fn migrate(pool: &mut Value, old: Option<&Value>) {
    let Some(old) = old.filter(|old| body::text(old, "/type") == Some("AvailabilitySet")) else {
        return;
    };
    if !is_single(pool) {
        return;
    }
    let size = json!([{ "size": old["vmSize"], "count": room::count(old) }]);
    body::fill(pool, "/virtualMachinesProfile/scale/manual", size);
    let runs = old["currentOrchestratorVersion"].clone();
    body::set(pool, "/orchestratorVersion", runs);
}

/// Leaves of a pool whose machines are made one by one what AKS keeps of it, whatever else was sent
/// (recorded by `ext-aks_machine_add_cmds`).
pub(crate) fn bare(pool: &Value) -> Value {
    json!({
        "name": pool["name"], "type": "VirtualMachines", "mode": "Machines",
        "powerState": { "code": "Running" }, "upgradeSettings": {},
    })
}
