//! `akstool check`: everything that can be said offline.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::address_plan::{Topic, Weight, address_plan};
use crate::profile::problem::Problem;
use crate::profile::{Loaded, Problems, Surroundings};
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::ui;

/// Say everything about profiles that can be said offline
///
/// Schema, names, ranges, rules between fields, the address plan. Azure is not contacted. Errors end
/// with exit code 2, advice does not. With `-o json` one object (`akstool.check/v1`).
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// YAML files, folders of them, or names of built-in profiles
    #[arg(value_name = "PROFILE", required = true)]
    profiles: Vec<String>,
}

impl Run for Check {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let each = load::each(context, &self.profiles).await?;
        let results: Vec<(String, Result<Loaded, Problems>)> =
            each.into_iter().map(|(text, read)| (text, read.map(|read| read.loaded))).collect();
        for (_, result) in &results {
            let problems = result.as_ref().map_or_else(|wrong| wrong, |loaded| &loaded.advice);
            ui::problem::annotate(&context.screen, problems);
        }
        if context.screen.terminal().json {
            let profiles = results.iter().map(|(text, result)| Checked::of(text, result));
            let schema = "akstool.check/v1";
            context.screen.object(&Report { schema, profiles: profiles.collect() });
        } else {
            for (text, result) in &results {
                show(context, text, result);
            }
        }
        let failed = results.iter().any(|(_, result)| result.is_err());
        Ok(if failed { Exit::Wrong } else { Exit::Done })
    }
}

fn show(context: &Context, text: &str, result: &Result<Loaded, Problems>) {
    let screen = &context.screen;
    let name = ui::words::clean(text);
    match result {
        Ok(loaded) => {
            screen.data(&ui::problem::draw(&loaded.advice, true));
            for advice in advice(loaded) {
                screen.data(&format!("note: {}\n", ui::words::clean(&advice)));
            }
            screen.data(&format!("{name}: can be used.\n"));
        }
        Err(problems) => {
            screen.insist(&ui::problem::draw(problems, true));
            let count = ui::words::count(problems.errors(), "problem");
            screen.insist(&format!("\n{name}: {count}.\n"));
        }
    }
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Report<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.check/v1"))]
    schema: &'static str,
    /// Each profile that was checked.
    profiles: Vec<Checked<'a>>,
}

/// What is said of one profile.
#[derive(Serialize, JsonSchema)]
struct Checked<'a> {
    /// The profile as it was named.
    profile: &'a str,
    /// Whether it can be used.
    valid: bool,
    /// What is wrong or odd, each at its place.
    problems: &'a [Problem],
    /// What the address plan has to say.
    advice: Vec<String>,
}

impl<'a> Checked<'a> {
    fn of(profile: &'a str, result: &'a Result<Loaded, Problems>) -> Self {
        match result {
            Ok(loaded) => {
                let (problems, advice) = (&loaded.advice.list, advice(loaded));
                Self { profile, valid: true, problems, advice }
            }
            Err(wrong) => Self { profile, valid: false, problems: &wrong.list, advice: Vec::new() },
        }
    }
}

/// Returns what the address plan has to say; what ends when and what does not fit, the profile's
/// own check says with its line.
fn advice(loaded: &Loaded) -> Vec<String> {
    let address_plan = address_plan(&loaded.profile, &Surroundings::default());
    let heavy = address_plan
        .advice
        .into_iter()
        .filter(|advice| advice.weight != Weight::Note && advice.topic != Topic::Retirement)
        .filter(|advice| !advice.is_shortage);
    let mut advice: Vec<String> =
        heavy.map(|advice| format!("{} {}", advice.text, advice.reason)).collect();
    advice.push(address_plan.growth.sentence);
    advice
}
