//! `akstool schema`: the JSON Schema of the profile and of every answer, and what one field means.

mod answers;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;

use self::answers::{FORMS, Form};
use crate::advice;
use crate::profile::{Overrides, builtin, load, schema_json};
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::ui::field::find;
use crate::ui::status::table;
use crate::ui::words::clean;

/// Print the JSON Schema of a profile or of an answer, or explain one field of it
///
/// Without PATH the whole, for editors and other tools. With one, such as `network.outbound` or
/// `pools.count`: what it means, what it takes, what is taken where nothing is said, what stands
/// below it, and how it is written. `-o json` prints the schema of that field alone. `--of` takes,
/// instead of the profile, what a command prints or reads; `--of all` lists what there is.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The field to explain, as `--set` names it
    #[arg(value_name = "PATH")]
    path: Option<String>,

    /// Of this instead of the profile, such as plan, events, status or faults
    #[arg(long, value_name = "FORM", value_parser = names(), hide_possible_values = true)]
    of: Option<String>,
}

/// The word that lists what has a schema.
const ALL: &str = "all";

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMS.iter().map(|form| form.name).chain([ALL]))
}

/// Returns the schema of a form, of the profile where none is named.
pub(super) fn of(form: Option<&str>) -> Value {
    form.and_then(Form::find).map_or_else(schema_json, Form::schema)
}

/// Returns what has a schema, and of what each is.
fn overview() -> Vec<Vec<String>> {
    FORMS.iter().map(|form| vec![form.name.to_owned(), form.of.to_owned()]).collect()
}

impl Run for Schema {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let form = self.of.as_deref().and_then(Form::find);
        if self.of.is_some() && form.is_none() {
            let rows = overview();
            context.screen.data(&table(&["FORM", "WHAT IT IS"], &rows, context.screen.columns()));
            return Ok(Exit::Done);
        }
        let schema = form.map_or_else(schema_json, Form::schema);
        let Some(path) = self.path else {
            context.screen.object(&schema);
            return Ok(Exit::Done);
        };
        let field =
            find(&schema, &path).map_err(|(at, names)| unknown(form, &path, &at, &names))?;
        if context.screen.terminal().json {
            context.screen.object(field.schema());
            return Ok(Exit::Done);
        }
        let example = if form.is_none() { example(field.path()) } else { None };
        let example = example.or_else(|| field.sample());
        context.screen.data(&field.draw(example.as_ref(), context.screen.columns()));
        Ok(Exit::Done)
    }
}

/// Says which part of a path does not exist, and what does.
fn unknown(form: Option<&Form>, path: &str, at: &str, names: &[&str]) -> Error {
    let mut rest = path.split('.').filter(|part| !part.is_empty());
    let depth = at.split('.').filter(|part| !part.is_empty()).count();
    let wrong = rest.nth(depth).unwrap_or(path);
    let whole = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let near = names.iter().min_by_key(|name| {
        strsim::damerau_levenshtein(&name.to_lowercase(), &wrong.to_lowercase())
    });
    let near = near.filter(|name| {
        strsim::damerau_levenshtein(&name.to_lowercase(), &wrong.to_lowercase()) <= 3
    });
    let root = form.map_or_else(|| "the profile".to_owned(), |form| format!("`{}`", form.name));
    let place = if at.is_empty() { root } else { format!("`{at}`") };
    let hint = match (near, form, names) {
        (Some(near), None, _) => advice!("`akstool schema {}` is nearest", whole(near)),
        (Some(near), Some(form), _) => {
            advice!("`akstool schema --of {} {}` is nearest", form.name, whole(near))
        }
        (None, _, []) => advice!("nothing stands below {}", &place),
        (None, _, names) => advice!("it has {}", names.join(", ")),
    };
    Error::usage(format!("{place} has no field `{}`", clean(wrong)), hint)
}

/// Returns what a built-in profile has there, the first that has something.
fn example(path: &str) -> Option<Value> {
    builtin::ALL.iter().find_map(|builtin| {
        let loaded = load(builtin.text.as_bytes(), builtin.name, &Overrides::default()).ok()?;
        let whole = serde_json::to_value(&loaded.profile).ok()?;
        let mut at = &whole;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let name = part.trim_end_matches("[]");
            at = at.get(name)?;
            if part.ends_with("[]") {
                at = at.as_array()?.first()?;
            }
        }
        let shown = bare(at)?;
        // The profile as a whole is what `akstool profiles` prints.
        (!path.is_empty()).then_some(shown)
    })
}

/// Returns a value without what is not said; `None` where nothing is.
fn bare(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let said: serde_json::Map<String, Value> = members
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), bare(value)?)))
                .collect();
            (!said.is_empty()).then_some(Value::Object(said))
        }
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(bare).collect()),
        other => Some(other.clone()),
    }
}
