//! What AKS cannot read of a body: fields it does not know, values of another type, and words that
//! are none of those known.
//!
//! One fault is told, in the words of Go's decoder. A field that is not known is refused at any
//! depth (github.com/Azure/azure-rest-api-specs/issues/40740 and
//! github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster/issues/152); a type is
//! refused as in github.com/Azure/azure-cli/issues/13050. A preview may hold fields and words that
//! the tables do not have, and is let through with them.

use serde_json::Value;

use super::super::super::error::Refusal;
use super::super::form::{self, Fault, Form, Object, What};
use super::pool_check::invalid;

/// Refuses a cluster's body that cannot be read.
pub(crate) fn cluster(given: &Value, api: &str) -> Result<(), Refusal> {
    readable(&form::cluster::CLUSTER, given, api, "")
}

/// Refuses a pool's body that cannot be read.
pub(crate) fn pool(given: &Value, api: &str) -> Result<(), Refusal> {
    readable(&form::pool::BY_ITSELF, given, api, "agentPoolProfile.")
}

/// Refuses a maintenance configuration that cannot be read.
pub(crate) fn maintenance(given: &Value, api: &str) -> Result<(), Refusal> {
    readable(&form::cluster::MAINTENANCE, given, api, "")
}

/// `above` is what stands before the names of properties in AKS's messages.
fn readable(form: &'static Object, given: &Value, api: &str, above: &str) -> Result<(), Refusal> {
    let preview = api.ends_with("-preview");
    let faults = form.faults(given);
    let unread = faults.iter().find_map(|fault| match &fault.what {
        What::Unknown if !preview => Some(unknown(fault.place.name)),
        What::Other(value, form) => Some(mistyped(fault, value, form)),
        _ => None,
    });
    if let Some(what) = unread {
        let text = format!("UnmarshalEntity encountered error: json: {what}.");
        return Err(Refusal::aks(400, "UnmarshalError", text));
    }
    let word = faults.iter().find_map(|fault| match &fault.what {
        What::NoWord(text, words) if !preview => Some((fault, text, words)),
        _ => None,
    });
    let Some((fault, text, words)) = word else { return Ok(()) };
    let path = without_places(&fault.place.path);
    let parameter = path.strip_prefix("properties.").map(|rest| format!("{above}{rest}"));
    let details = format!("'{text}' is not supported. Supported values are {}.", words.join(", "));
    Err(invalid(&parameter.unwrap_or(path), &details))
}

fn unknown(name: &str) -> String {
    format!(
        "unknown field \"{name}\" Check that the field is in the right location, is spelled \
         correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API \
         version information."
    )
}

fn mistyped(fault: &Fault<'_>, value: &Value, form: &Form) -> String {
    let found = match value {
        Value::String(_) => "string".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Number(number) => format!("number {number}"),
        _ => "object".to_owned(),
    };
    format!(
        "cannot unmarshal {found} into Go struct field {}.{} of type {}",
        fault.place.of,
        without_places(&fault.place.path),
        in_go(form)
    )
}

/// A path without the places in lists, which Go does not tell.
fn without_places(path: &str) -> String {
    path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

/// A form as a type of Go.
fn in_go(form: &Form) -> String {
    match form {
        Form::Any => "interface {}".to_owned(),
        Form::Text | Form::Word(_) => "string".to_owned(),
        Form::Whole => "int32".to_owned(),
        Form::Number => "float64".to_owned(),
        Form::Flag => "bool".to_owned(),
        Form::List(form) => format!("[]{}", in_go(form)),
        Form::Map(form) => format!("map[string]{}", in_go(form)),
        Form::Object(object) => object.name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let refused = |given: Value| cluster(&given, "2025-10-01").unwrap_err().body();
        let body = refused(json!({"properties": {"bananas": 1}}));
        assert_eq!((&body["code"], &body["subcode"]), (&json!("UnmarshalError"), &json!("")));
        assert!(body["message"].as_str().unwrap().contains("unknown field \"bananas\" Check"));
        let body = refused(json!({"properties": {"agentPoolProfiles": [{"count": "3"}]}}));
        assert_eq!(
            body["message"],
            "UnmarshalEntity encountered error: json: cannot unmarshal string into Go struct field \
             AgentPoolProfile.properties.agentPoolProfiles.count of type int32."
        );
        refused(json!({"properties": {"agentPoolProfiles": [{"count": 1.5}]}}));
        refused(json!({"properties": {"enableRBAC": "yes"}}));
        refused(json!({"properties": {"networkProfile": {"podCIDRs": [], "mode": 1}}}));
        let later = json!({"properties": {"bananas": 1, "agentPoolProfiles": [{"count": 3}]}});
        assert!(cluster(&later, "2026-06-02-preview").is_ok());
    }

    #[test]
    fn a_word_that_is_not_known_is_a_parameter() {
        let odd = json!({"properties": {"agentPoolProfiles": [{"mode": "Odd"}]}});
        let body = cluster(&odd, "2025-10-01").unwrap_err().body();
        assert_eq!(body["target"], "agentPoolProfiles.mode", "{body}");
        let body = pool(&json!({"properties": {"mode": "Odd"}}), "2025-10-01").unwrap_err().body();
        assert_eq!(body["target"], "agentPoolProfile.mode", "{body}");
        let body = cluster(&json!({"sku": {"tier": "Odd"}}), "2025-10-01").unwrap_err().body();
        assert_eq!(body["target"], "sku.tier", "{body}");
        assert!(cluster(&odd, "2026-06-02-preview").is_ok());
    }
}
