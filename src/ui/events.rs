//! The JSON Schema of the lines that a run prints with `-o json`, put together as [`super::json`]
//! puts a line together: from the type of what is told, the event's name and the time.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::json::Notice;
use super::outputs::Outputs;
use super::reap;
use crate::event::{Happening, Outcome};
use crate::plan::Report;

/// Returns the schema of any line of a run, each kind by its `event`.
pub fn events() -> Schema {
    let mut generator = generator();
    let happening = Happening::json_schema(&mut generator).to_value();
    let happenings = happening.get("oneOf").and_then(Value::as_array).cloned();
    let mut kinds = happenings.unwrap_or_default();
    kinds.extend([
        told::<Outcome>(&mut generator, "environment-outcome"),
        told::<Report<'static>>(&mut generator, "plan"),
        told::<Outputs>(&mut generator, "outputs"),
        told::<reap::Line<'static>>(&mut generator, "environment"),
        told::<Notice<'static>>(&mut generator, "notice"),
    ]);
    whole(&mut generator, json!({ "oneOf": kinds }), "one line of a run")
}

/// Returns the schema of the last line of a run.
pub fn outcome() -> Schema {
    let mut generator = generator();
    let outcome = told::<Outcome>(&mut generator, "outcome");
    whole(&mut generator, outcome, "the last line of a run")
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

/// Returns the schema of what is told under an event's name.
fn told<T: JsonSchema>(generator: &mut SchemaGenerator, event: &str) -> Value {
    let mut schema = generator.subschema_for::<T>().to_value();
    schema["properties"] = json!({ "event": { "type": "string", "const": event } });
    schema["required"] = json!(["event"]);
    schema
}

/// Adds what every line has, and what the references in it mean.
fn whole(generator: &mut SchemaGenerator, line: Value, title: &str) -> Schema {
    let mut schema = line;
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema["type"] = json!("object");
    let time = "When it happened.";
    schema["properties"]["time"] =
        json!({ "type": "string", "format": "date-time", "description": time });
    let environment = "The environment it is about; the whole run without it.";
    schema["properties"]["environment"] = json!({ "type": "string", "description": environment });
    schema["required"] = json!(["event", "time"]);
    let definitions = generator.take_definitions(true);
    schema["$defs"] = Value::Object(definitions);
    Schema::try_from(schema).unwrap_or_default()
}
