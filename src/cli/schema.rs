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
use crate::ui::field::{OWN, find};
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
        let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        // The profile as a whole is what `akstool profiles` prints.
        if parts.is_empty() { None } else { below(&whole, &parts) }
    })
}

/// Returns what a value says at a place, of several items or names of one's own the first that does.
fn below(value: &Value, parts: &[&str]) -> Option<Value> {
    let Some((first, rest)) = parts.split_first() else { return bare(value) };
    if *first == OWN {
        return value.as_object()?.values().find_map(|one| below(one, rest));
    }
    let at = value.get(first.trim_end_matches("[]"))?;
    if first.ends_with("[]") {
        return at.as_array()?.iter().find_map(|one| below(one, rest));
    }
    below(at, rest)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a profile in which a value stands at a place.
    fn with(base: &Value, path: &str, value: Value) -> Value {
        let mut whole = base.clone();
        let mut at = &mut whole;
        for part in path.split('.') {
            let name = part.trim_end_matches("[]");
            if at.is_null() {
                *at = Value::Object(serde_json::Map::new());
            }
            at = &mut at[name];
            if part.ends_with("[]") {
                if at.as_array().is_none_or(Vec::is_empty) {
                    *at = serde_json::json!([{ "name": "x" }]);
                }
                at = &mut at[0];
            }
        }
        *at = value;
        whole
    }

    fn paths(schema: &Value, path: &str, found: &mut Vec<String>) {
        let Ok(field) = find(schema, path) else { panic!("`{path}` is listed and not found") };
        found.push(path.to_owned());
        let mut names = field.names();
        names.retain(|name| path.split('.').count() < 6 && !path.ends_with(&format!(".{name}")));
        for name in names {
            let dot = if path.is_empty() { "" } else { "." };
            paths(schema, &format!("{path}{dot}{name}"), found);
        }
    }

    #[test]
    fn the_field_of_a_part_with_a_name_of_ones_own_is_found_without_the_name() {
        let schema = schema_json();
        let path = |path: &str| find(&schema, path).map(|field| field.path().to_owned()).ok();
        let of = |told: &str| Some(told.to_owned());
        assert_eq!(path("network.subnets.natGateway"), of("network.subnets.KEY.natGateway"));
        assert_eq!(
            path("network.subnets.nodes.natGateway.id"),
            of("network.subnets.nodes.natGateway.id")
        );
        assert_eq!(path("cluster.addons.istio.revision"), of("cluster.addons.istio.revision"));
        assert_eq!(path("network.subnets.nodes"), of("network.subnets.nodes"));
    }

    #[test]
    fn every_example_has_the_shape_of_its_field() {
        let schema = schema_json();
        let mut all = Vec::new();
        paths(&schema, "", &mut all);
        let text = builtin::find("kubenet").expect("a profile").text;
        let loaded = load(text.as_bytes(), "kubenet", &Overrides::default()).expect("a profile");
        let base = bare(&serde_json::to_value(&loaded.profile).expect("JSON")).expect("a profile");
        let mut wrong = Vec::new();
        for path in all.iter().filter(|path| !path.is_empty()) {
            let field = find(&schema, path).unwrap_or_else(|_| panic!("{path}"));
            let Some(value) = example(field.path()).or_else(|| field.sample()) else { continue };
            let whole = with(&base, field.path(), value).to_string();
            let loaded = load(whole.as_bytes(), "example", &Overrides::default());
            let problems = loaded.err().into_iter().flat_map(|problems| problems.list);
            // Rules between fields need the other fields; its type a value has by itself.
            let shapes = problems.filter(|one| {
                one.what.starts_with("expected ") || one.what.contains("; it takes ")
            });
            wrong.extend(shapes.map(|one| format!("{path}: {}", one.what)));
        }
        assert_eq!(wrong, [""; 0]);
    }
}
