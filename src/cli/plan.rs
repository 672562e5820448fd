//! `akstool plan`: says what `up` would do.

use clap::Args;
use futures_util::stream::{self, StreamExt as _};

use crate::plan::Plan;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::run::options::Intent;
use crate::run::plan::{FULL, READERS, draw, plans, table};
use crate::run::planner::blanks;
use crate::run::wish::Wish;
use crate::ui;
use crate::ui::{Listener as _, Volume};

/// Show what `up` would do; change nothing
///
/// One line per resource: what happens to it, what differs, what it costs. With `-v` every value of
/// new resources too, with `-o json` one object per profile (`akstool.plan/v1`).
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// YAML files, folders of them, or names of built-in profiles
    #[arg(value_name = "PROFILE", required = true)]
    profiles: Vec<String>,

    /// Exit with 3 when changes are pending
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    intent: Intent,
}

impl Run for PlanArgs {
    fn typed(&self) -> &[String] {
        &self.profiles
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let loaded = load::profiles(context, &self.profiles).await?;
        let mut wishes = Wish::all(context, loaded, &self.intent);
        for wish in &mut wishes {
            wish.terms.extends = true;
        }
        let azure = context.connect()?;
        let mut plans = plans(context, &azure, &wishes).await?;
        let ahead = wishes.iter().zip(&mut plans).map(|(wish, plan)| wish.look_ahead(&azure, plan));
        context.bounded(stream::iter(ahead).buffered(READERS).collect::<Vec<()>>()).await?;
        context.beside().planned(&plans);
        let screen = &context.screen;
        let is_table = plans.len() > FULL && !screen.terminal().json && !screen.says(Volume::Loud);
        if is_table {
            screen.data(&table(context, &plans));
        }
        let each = wishes.iter().zip(&plans).enumerate();
        for (at, (wish, plan)) in each.filter(|_| !is_table) {
            if context.screen.terminal().json {
                let report = ui::json::report(plan, &blanks(context, wish));
                context.screen.object(&report);
            } else {
                let gap = if at > 0 { "\n" } else { "" };
                context.screen.data(&format!("{gap}{}", draw(context, wish, plan)));
            }
        }
        Ok(exit(&plans, self.exit_code))
    }
}

fn exit(plans: &[Plan], asked: bool) -> Exit {
    if plans.iter().any(|plan| !plan.refusals.is_empty()) {
        Exit::Refused
    } else if asked && plans.iter().any(|plan| !plan.is_empty()) {
        Exit::Pending
    } else {
        Exit::Done
    }
}
