//! akstool provisions Azure Kubernetes Service by calling Azure Resource Manager directly.

pub mod arm;
pub mod profile;
