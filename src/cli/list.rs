//! `akstool list`: every environment, with age, expiry, state and what it costs.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::Sighting;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::roll::Scope;
use crate::ui::Volume;
use crate::ui::list::{Line, Look, Total, draw};

/// List every environment: age, expiry, state, nodes, owner, and the run that made it
///
/// One question to Azure Resource Graph answers for thousands; where that cannot be asked, ARM's lists
/// do. States: whole; half-made, without a cluster or with one that is still being made; going, being
/// deleted; failed, cluster or teardown; orphan, nodes whose cluster is gone. Lists may be some minutes
/// behind; `akstool status NAME` reads what stands there.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    scope: Scope,

    /// Only those whose time is up
    #[arg(long)]
    expired: bool,
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.list/v1"))]
    schema: &'static str,
    /// The subscriptions that were looked at.
    subscriptions: &'a [String],
    /// Who was asked: `resource-graph`, or `lists` where that could not be.
    asked: &'static str,
    /// Every environment.
    environments: Vec<Line<'a>>,
    /// What all come to.
    summary: Total,
}

impl Run for List {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let (_, roll, now) = self.scope.look(context).await?;
        let is_expired = |seen: &Sighting| seen.expiry.at().is_some_and(|at| at <= now);
        let mut all = roll.sightings;
        all.retain(|seen| !self.expired || is_expired(seen));
        let screen = &context.screen;
        if screen.terminal().json {
            screen.object(&Report {
                schema: "akstool.list/v1",
                subscriptions: &roll.subscriptions,
                asked: if roll.without_graph.is_some() { "lists" } else { "resource-graph" },
                environments: all.iter().map(|seen| Line::of(seen, now)).collect(),
                summary: Total::of(&all, now),
            });
            return Ok(Exit::Done);
        }
        if all.is_empty() {
            let kind = if self.expired { "expired environment" } else { "environment" };
            screen.data(&format!("No {kind}.\n"));
            return Ok(Exit::Done);
        }
        let many = roll.subscriptions.len() > 1;
        screen.data(&draw(&all, Look { columns: screen.columns(), now, many }));
        let due = all.iter().any(is_expired);
        if due && screen.says(Volume::Normal) {
            let flags = context.options.flags();
            screen.talk(&format!("next: akstool reap{flags}   shows what would go\n"));
        }
        Ok(Exit::Done)
    }
}
