//! The JSON Schemas that `akstool schema --of` prints, held against whatever the tests read: every
//! answer and every event of every test is what its schema says, and has no member it does not name.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use super::Sandbox;

/// Which form an answer is of, where its name in `schema` is another.
const NAMES: [(&str, &str); 1] = [("profile", "built-in")];

/// Demands that an answer that names its schema is what that says.
pub(super) fn hold(answer: &Value) {
    let name = answer.get("schema").and_then(Value::as_str);
    let name = name.and_then(|name| name.strip_prefix("akstool.")?.strip_suffix("/v1"));
    let Some(name) = name else { return };
    let form = NAMES.iter().find(|(of, _)| *of == name).map_or(name, |(_, form)| form);
    let wrong = judge(form, answer);
    assert!(wrong.is_none(), "{}\n{answer:#}", wrong.unwrap_or_default());
}

/// Demands that a line of a run is what its schema says.
pub(super) fn hold_event(line: &Value) {
    let forms: &[&str] = match line.get("event").and_then(Value::as_str) {
        None => return,
        Some("outcome") => &["events", "outcome"],
        Some(_) => &["events"],
    };
    for form in forms {
        let wrong = judge(form, line);
        assert!(wrong.is_none(), "{}\n{line:#}", wrong.unwrap_or_default());
    }
}

/// Returns what a schema finds wrong with a document; members that it does not name are wrong.
pub(crate) fn judge(form: &str, document: &Value) -> Option<String> {
    static KNOWN: OnceLock<Mutex<BTreeMap<String, Value>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let schema = {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(form.to_owned()).or_insert_with(|| strict(form)).clone()
    };
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    let place = format!("urn:test:{form}");
    compiler.add_resource(&place, schema).expect("a schema");
    let index = compiler.compile(&place, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    schemas.validate(document, index).err().map(|error| format!("{form}: {error:#}"))
}

fn strict(form: &str) -> Value {
    let mut schema: Value = Sandbox::new().run(&["schema", "--of", form]).ok().read();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$id");
    }
    close(&mut schema);
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for (_, definition) in definitions.into_iter().flatten() {
        within(definition);
    }
    schema
}

/// Lets a schema take only the members it names; the schema itself says that more may come.
fn close(schema: &mut Value) {
    within(schema);
    let Some(members) = schema.as_object_mut() else { return };
    let says = ["$ref", "properties", "oneOf", "anyOf", "allOf"];
    if !members.contains_key("additionalProperties")
        && says.iter().any(|word| members.contains_key(*word))
    {
        members.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// Closes what stands at the places below; where several schemas speak of one place, only the one
/// that holds them all can tell what is left over.
fn within(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    for (word, inner) in members {
        match word.as_str() {
            "properties" => {
                inner.as_object_mut().into_iter().flatten().for_each(|(_, one)| close(one));
            }
            "items" | "additionalProperties" => close(inner),
            "oneOf" | "anyOf" | "allOf" => {
                inner.as_array_mut().into_iter().flatten().for_each(within);
            }
            _ => {}
        }
    }
}
