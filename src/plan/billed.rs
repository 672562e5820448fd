//! What costs money although nobody uses it, said before it is made.

use super::change::Action;
use super::step::Step;
use crate::advice::Advice;
use crate::kind::{BastionHost, Kind as _};

/// Says what is billed by the hour from then on although nobody uses it.
pub(super) fn billed(steps: &[Step]) -> Vec<Advice> {
    let is_paid = |step: &&Step| {
        let sku = step.verify.as_ref().and_then(|verify| verify.desired.get("sku.name").cloned());
        step.action == Action::Create
            && step.kind.eq_ignore_ascii_case(BastionHost::TYPE)
            && sku.is_some_and(|sku| sku != "Developer")
    };
    let said = |step: &Step| {
        let name = step.id.name();
        Advice::from(format!(
            "the Bastion `{name}` is billed by the hour as long as it stands, whether or not anybody \
             comes in"
        ))
    };
    steps.iter().filter(is_paid).map(said).collect()
}
