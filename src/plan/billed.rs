//! What costs money although nobody uses it, said before it is made.

use super::change::Action;
use super::step::Step;
use crate::advice::Advice;
use crate::kind::{BastionHost, Kind as _, LogWorkspace, MonitorWorkspace};

/// Says what is billed from then on, by the hour although nobody uses it or by what comes in.
pub(super) fn billed(steps: &[Step]) -> Vec<Advice> {
    let made = steps.iter().filter(|step| step.action == Action::Create);
    made.filter_map(said).map(Advice::from).collect()
}

fn said(step: &Step) -> Option<String> {
    let is = |kind: &str| step.kind.eq_ignore_ascii_case(kind);
    let name = step.id.name();
    let sku = step.verify.as_ref().and_then(|verify| verify.desired.get("sku.name").cloned());
    if is(BastionHost::TYPE) && sku.is_some_and(|sku| sku != "Developer") {
        return Some(format!(
            "the Bastion `{name}` is billed by the hour as long as it stands, whether or not anybody \
             comes in"
        ));
    }
    if is(MonitorWorkspace::TYPE) {
        return Some(format!(
            "the Azure Monitor workspace `{name}` is billed by the samples that come in and are asked \
             for: cost not known"
        ));
    }
    is(LogWorkspace::TYPE).then(|| {
        format!(
            "the Log Analytics workspace `{name}` is billed by the gigabyte that comes in, and by \
             what it keeps longer than usual: cost not known"
        )
    })
}
