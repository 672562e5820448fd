//! Which policy said no: Azure tells it beside the message, in `additionalInfo`.
//!
//! The shape is that of Azure Policy's documentation ("Determine causes of non-compliance", error
//! of a denied request): `{ "type": "PolicyViolation", "info": { "policyDefinitionDisplayName": …,
//! "policyAssignmentName": …, "policyAssignmentScope": … } }`.

use serde_json::Value;

use super::text::{field, text};

/// Returns the policies that a fault's `additionalInfo` names, as people read them.
pub(super) fn read(infos: &Value) -> Vec<String> {
    let items = infos.as_array().into_iter().flatten().filter_map(Value::as_object);
    let violations = items.filter(|item| {
        let kind = field(item, "type").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("PolicyViolation"))
    });
    violations.filter_map(|item| words(field(item, "info")?)).collect()
}

fn words(info: &Value) -> Option<String> {
    let info = info.as_object()?;
    let first = |names: &[&str]| names.iter().find_map(|name| text(field(info, name)?));
    let rule = first(&["policyDefinitionDisplayName", "policyDefinitionName"]);
    let set = first(&["policySetDefinitionDisplayName", "policySetDefinitionName"]);
    let assignment = first(&["policyAssignmentName", "policyAssignmentDisplayName"]);
    let scope = first(&["policyAssignmentScope"]);
    let title = rule.or_else(|| assignment.clone())?;
    let mut words = format!("policy `{title}`");
    for (before, name) in [(" of the initiative", set), (", assignment", assignment)] {
        if let Some(name) = name.filter(|name| *name != title) {
            words = format!("{words}{before} `{name}`");
        }
    }
    match scope {
        Some(scope) => Some(format!("{words} on `{scope}`")),
        None => Some(words),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Fault;

    fn violation() -> serde_json::Value {
        json!([{ "type": "PolicyViolation", "info": {
            "policyDefinitionDisplayName": "Allowed locations",
            "policySetDefinitionDisplayName": "Landing zone",
            "policyAssignmentName": "where-we-are",
            "policyAssignmentScope": "/subscriptions/s",
        } }])
    }

    #[test]
    fn the_policy_that_denied_is_named_wherever_it_stands() {
        let said = "(denied by policy `Allowed locations` of the initiative `Landing zone`, \
                    assignment `where-we-are` on `/subscriptions/s`)";
        let plain = json!({ "error": { "code": "RequestDisallowedByPolicy", "message": "No.",
            "additionalInfo": violation() } });
        let nested = json!({ "code": "InvalidTemplateDeployment", "message": "No.", "details": [
            { "code": "RequestDisallowedByPolicy", "message": "m", "additionalInfo": violation() },
            { "code": "RequestDisallowedByPolicy", "message": "n", "additionalInfo": violation() },
        ] });
        for body in [plain, nested] {
            let fault = Fault::of_json(&body).unwrap().to_string();
            assert!(fault.ends_with(&format!("No. {said}")), "{fault}");
        }
    }

    #[test]
    fn other_information_is_no_policy() {
        for info in [json!([]), json!({}), json!([{ "type": "Other", "info": { "a": 1 } }])] {
            let body = json!({ "code": "C", "message": "m", "additionalInfo": info });
            assert_eq!(Fault::of_json(&body).unwrap().to_string(), "`C`: m");
        }
    }
}
