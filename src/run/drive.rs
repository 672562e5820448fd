//! A run from its plans to its end: shows them, looks first, asks, applies them all at once.
//!
//! Whatever changes Azure goes through [`drive`]: one environment or a fleet, up or down.

use super::apply::{idle, run};
use super::ask::{Question, consent};
use super::connect::Azure;
use super::context::Context;
use super::error::{Error, Exit};
use super::look_first;
use super::plan::{plans, show};
use super::planner::Planner;
use crate::plan::Plan;
use crate::ui;

/// Plans, shows, asks, applies.
pub(crate) async fn drive<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    question: Question,
) -> Result<Exit, Error> {
    let watch = context.watch();
    let read = azure.arm.clock().elapsed();
    let plans = plans(context, azure, planners).await?;
    show(context, &watch, planners, &plans);
    if plans.iter().any(|plan| !plan.refusals.is_empty()) {
        let refused = plans.iter().filter(|plan| !plan.refusals.is_empty());
        let names: Vec<String> = refused.map(|plan| format!("`{}`", plan.environment)).collect();
        let names = ui::words::list(&names);
        return Err(Error::Guarded(format!(
            "the plan of {names} was refused; nothing was changed"
        )));
    }
    if plans.iter().all(Plan::is_empty) {
        return idle(context, azure, planners, &watch).await;
    }
    look_first::look(context, azure, planners, &plans).await?;
    consent(context, question).await?;
    // Who is asked takes his time, also where the clock stands still.
    let read = context.options.yes.then_some(read);
    Ok(run(context, azure, planners, plans, read).await)
}
