//! akstool provisions Azure Kubernetes Service by calling Azure Resource Manager directly.

pub mod address;
pub mod apply;
pub mod arm;
pub mod compose;
pub mod diff;
pub mod event;
pub mod graph;
pub mod kind;
pub mod observe;
pub mod plan;
pub mod profile;
pub mod survey;
pub mod ui;
