//! A cluster that somebody stopped: AKS changes nothing of it until it is started.

use super::Case;
use crate::arm::id::ResourceId;
use crate::doctor::finding::{Area, Finding};
use crate::doctor::writes::cluster_of;
use crate::shell::Line;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let cluster = case.facts.cluster.got()?.as_ref().filter(|cluster| cluster.is_stopped);
    cluster?;
    let id = &case.needs.cluster;
    let is_written = case.needs.is_of_plan()
        && case.needs.graph.iter().any(|(_, resource)| {
            let is_written = case.needs.makes(&resource.id) || case.needs.changes(&resource.id);
            is_written && cluster_of(&resource.id).as_ref() == Some(id)
        });
    Some(stopped(id, is_written))
}

/// Says that a cluster is stopped: an error where it is to be changed, if only by a tag.
pub(in crate::doctor) fn stopped(id: &ResourceId, is_written: bool) -> Finding {
    let fact = format!("Cluster `{}` is stopped.", id.name());
    let finding = if is_written {
        Finding::error(Area::Names, id.as_str(), fact).code("OperationNotAllowed")
    } else {
        Finding::warning(Area::Names, id.as_str(), fact)
    };
    let so = "AKS changes neither it nor its pools until it is started; nodes come back with it.";
    finding.so(so).run(Line::new("akstool start PROFILE"))
}
