//! `akstool profiles`: the profiles that come with the program.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::advice::Advice;
use crate::profile::builtin;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::ui::status::table;

/// List the built-in profiles, or print one
#[derive(Debug, Args)]
pub(crate) struct Profiles {
    /// The profile to print, to be kept and changed: `akstool profiles kubenet > mine.yaml`
    #[arg(value_name = "NAME")]
    builtin: Option<String>,
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Listed {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.profiles/v1"))]
    schema: &'static str,
    /// Every built-in profile.
    profiles: Vec<One>,
}

/// One built-in profile.
#[derive(Serialize, JsonSchema)]
struct One {
    /// Its name.
    name: &'static str,
    /// What it is for.
    about: &'static str,
}

/// What `NAME -o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Printed {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.profile/v1"))]
    schema: &'static str,
    /// Its name.
    name: &'static str,
    /// Its text, YAML.
    text: &'static str,
}

impl Run for Profiles {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let screen = &context.screen;
        let json = screen.terminal().json;
        let Some(name) = self.builtin else {
            if json {
                screen.object(&list());
            } else {
                let rows: Vec<Vec<String>> = builtin::ALL
                    .iter()
                    .map(|builtin| vec![builtin.name.to_owned(), builtin.about().to_owned()])
                    .collect();
                screen.data(&table(&["NAME", "WHAT FOR"], &rows, screen.columns()));
            }
            return Ok(Exit::Done);
        };
        let Some(found) = builtin::find(&name) else {
            let shown = crate::ui::words::fit(&crate::ui::words::clean(&name), 70);
            let hint = match builtin::nearest(&name) {
                Some(near) => format!("did you mean `{near}`?").into(),
                None => Advice::from("`akstool profiles` lists them"),
            };
            return Err(Error::usage(format!("there is no built-in profile `{shown}`"), hint));
        };
        if json {
            let schema = "akstool.profile/v1";
            screen.object(&Printed { schema, name: found.name, text: found.text });
        } else {
            screen.exact(found.text);
        }
        Ok(Exit::Done)
    }
}

fn list() -> Listed {
    let one = |builtin: &builtin::Builtin| One { name: builtin.name, about: builtin.about() };
    let profiles = builtin::ALL.iter().map(one).collect();
    Listed { schema: "akstool.profiles/v1", profiles }
}
