//! A cluster that somebody stopped: AKS changes nothing of it until it is started.

use super::Case;
use crate::doctor::finding::{Area, Finding};
use crate::doctor::writes::cluster_of;
use crate::shell::Line;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let cluster = case.facts.cluster.got()?.as_ref().filter(|cluster| cluster.is_stopped);
    cluster?;
    let id = &case.needs.cluster;
    let fact = format!("Cluster `{}` is stopped.", id.name());
    let so = "AKS changes neither it nor its pools until it is started; nodes come back with it.";
    let start = Line::new("akstool start PROFILE");
    let is_written = case.needs.is_of_plan()
        && case.needs.graph.iter().any(|(_, resource)| {
            let is_written = case.needs.makes(&resource.id) || case.needs.changes(&resource.id);
            is_written && cluster_of(&resource.id).as_ref() == Some(id)
        });
    let finding = if is_written {
        Finding::error(Area::Names, id.as_str(), fact).code("OperationNotAllowed")
    } else {
        Finding::warning(Area::Names, id.as_str(), fact)
    };
    Some(finding.so(so).run(start))
}
