//! `akstool schema`: the JSON Schema of the profile, and what one field of it means.

use clap::Args;
use serde_json::Value;

use crate::advice;
use crate::profile::{Overrides, builtin, load, schema_json};
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::ui::field::find;
use crate::ui::words::clean;

/// Print the JSON Schema of the profile, or explain one field of it
///
/// Without PATH the whole, for editors and other tools. With one, such as `network.outbound` or
/// `pools.count`: what it means, what it takes, what is taken where nothing is said, what stands
/// below it, and how it is written. `-o json` prints the schema of that field alone.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The field to explain, as `--set` names it
    #[arg(value_name = "PATH")]
    path: Option<String>,
}

impl Run for Schema {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let schema = schema_json();
        let Some(path) = self.path else {
            context.screen.object(&schema);
            return Ok(Exit::Done);
        };
        let field = find(&schema, &path).map_err(|(at, names)| unknown(&path, &at, &names))?;
        if context.screen.terminal().json {
            context.screen.object(field.schema());
            return Ok(Exit::Done);
        }
        let example = example(field.path()).or_else(|| field.sample());
        context.screen.data(&field.draw(example.as_ref(), context.screen.columns()));
        Ok(Exit::Done)
    }
}

/// Says which part of a path does not exist, and what does.
fn unknown(path: &str, at: &str, names: &[&str]) -> Error {
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
    let place = if at.is_empty() { "the profile".to_owned() } else { format!("`{at}`") };
    let hint = match (near, names) {
        (Some(near), _) => advice!("`akstool schema {}` is nearest", whole(near)),
        (None, []) => advice!("nothing stands below {}", &place),
        (None, names) => advice!("it has {}", names.join(", ")),
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
