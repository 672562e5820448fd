//! The first leg of a run: every environment planned, many at a time, and shown.

use futures_util::stream::{self, StreamExt as _};

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::fleet;
use super::planner::{Planner, blanks};
use crate::plan::{Given, Plan, plots, refuse_contested, refuse_crowded, take_shared};
use crate::ui::plan::Look;
use crate::ui::{self, Blanks, Volume};
use crate::ui::{Listener as _, Watch};

/// How many environments are read at once unless told otherwise; chosen: as many as keep the bucket
/// of reads empty, 25 a second, at any distance from Azure.
pub(crate) const READERS: usize = 64;

/// Plans that are shown as a whole; chosen: more of them are a table.
pub(crate) const FULL: usize = 3;

/// Plans every environment, many at a time; a signal ends it at once.
pub(crate) async fn plans<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
) -> Result<Vec<Plan>, Error> {
    let parallel = context.options.environments().unwrap_or(READERS);
    let work = stream::iter(planners.iter().map(|planner| planner.plan(azure)))
        .buffered(parallel)
        .collect::<Vec<_>>();
    let plans = context.bounded(work).await?;
    let mut plans = plans.into_iter().collect::<Result<Vec<Plan>, Error>>()?;
    context.bounded(keep_apart(azure, planners, &mut plans)).await??;
    refuse_contested(&mut plans);
    refuse_crowded(&mut plans);
    take_shared(&mut plans);
    Ok(plans)
}

/// Plans again what got a range, of its own choice, that another environment of the run gets too.
async fn keep_apart<P: Planner>(
    azure: &Azure,
    planners: &[P],
    plans: &mut [Plan],
) -> Result<(), Error> {
    let mut given = Given::default();
    let (free, bound): (Vec<usize>, Vec<usize>) =
        (0..plans.len()).partition(|at| planners[*at].chooses_ranges());
    for at in bound {
        given.add(at, plots(&plans[at]));
    }
    for at in free {
        if let Some(taken) = given.in_the_way(&plots(&plans[at])) {
            planners[at].keep_clear(taken);
            plans[at] = Box::pin(planners[at].plan(azure)).await?;
        }
        given.add(at, plots(&plans[at]));
    }
    Ok(())
}

/// Shows plans: as text on standard output, or as an event each.
pub(crate) fn show<P: Planner>(context: &Context, watch: &Watch, planners: &[P], plans: &[Plan]) {
    let screen = &context.screen;
    let facts = screen.terminal();
    context.beside().planned(plans);
    // Nobody reads it before it is applied.
    let is_brief = facts.volume == Volume::Quiet && context.options.yes;
    let is_table = plans.len() > FULL && !facts.json && !is_brief && !screen.says(Volume::Loud);
    if is_table {
        screen.data(&table(context, plans));
    }
    let each = planners.iter().zip(plans).enumerate();
    for (at, (planner, plan)) in each.filter(|_| !is_table) {
        if facts.json {
            ui::json::plan(screen, watch, plan, &blanks(context, planner));
            continue;
        }
        if is_brief && !plan.is_empty() {
            let blanks = blanks(context, planner);
            screen.data(&ui::plan::refusals(plan, look(context, &blanks)));
            continue;
        }
        let gap = if at > 0 { "\n" } else { "" };
        screen.data(&format!("{gap}{}", draw(context, planner, plan)));
    }
    let starts = fleet::starts(plans);
    let whole = ui::plan::fleet(plans, &starts, context.options.environments());
    if let Some(sentence) = whole.filter(|_| !facts.json && !is_brief) {
        screen.data(&sentence);
    }
}

/// Draws many plans as a table.
pub(crate) fn table(context: &Context, plans: &[Plan]) -> String {
    let blanks = context.blanks();
    let more = "`-v` shows each plan as a whole";
    let look = look(context, &blanks);
    let note = if look.notes { format!("\n{more}.\n") } else { String::new() };
    format!("{}{note}", ui::plan::table(plans, look))
}

/// Draws one plan; one with nothing to do is a sentence, unless more is asked for.
pub(crate) fn draw<P: Planner>(context: &Context, planner: &P, plan: &Plan) -> String {
    let blanks = blanks(context, planner);
    let look = look(context, &blanks);
    if plan.is_empty() && plan.refusals.is_empty() && !look.all {
        return ui::plan::nothing(plan, look);
    }
    ui::plan::draw(plan, look)
}

/// Returns how plans are looked at here.
pub(super) fn look<'a>(context: &Context, blanks: &'a Blanks) -> Look<'a> {
    let screen = &context.screen;
    let (all, asks) = (screen.says(Volume::Loud), screen.terminal().asks && !context.options.yes);
    Look { columns: screen.columns(), all, notes: asks || screen.says(Volume::Normal), blanks }
}
