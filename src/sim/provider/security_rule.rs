//! One rule of a network security group: what Azure takes of it.
//!
//! Codes and words are those of public threads: `SecurityRuleInvalidPortRange` and
//! `SecurityRuleInvalidAddressPrefix` say the value provided.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::body;
use super::super::error::Refusal;

/// The type of a rule.
pub(crate) const RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// Makes what is stored of a rule's body.
pub(crate) fn rule(id: &ResourceId, given: &Value) -> Result<Value, Refusal> {
    let mut properties = json!({
        "sourcePortRanges": [], "destinationPortRanges": [],
        "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
    });
    for (name, value) in given.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if name != "provisioningState" {
            properties[name.as_str()] = value.clone();
        }
    }
    let priority = body::number(&properties, "/priority").unwrap_or_default();
    if !(100..=4096).contains(&priority) {
        return Err(Refusal::network(
            400,
            "SecurityRuleInvalidPriority",
            format!(
                "Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096."
            ),
        ));
    }
    for field in ["protocol", "access", "direction"] {
        if body::text(&properties, &format!("/{field}")).is_none() {
            return Err(Refusal::network(
                400,
                "SecurityRuleParameterMissing",
                format!("Required security rule parameter {field} is missing in rule {id}."),
            ));
        }
    }
    for side in ["source", "destination"] {
        ports(&properties, side)?;
        addresses(&properties, side, id)?;
    }
    Ok(json!({ "name": id.name(), "id": id.as_str(), "type": RULE, "properties": properties }))
}

/// Refuses ports that are neither a number, nor a range, nor `*`.
fn ports(rule: &Value, side: &str) -> Result<(), Refusal> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let fits = |text: &str| match text.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| low <= high),
        None => text == "*" || number(text).is_some(),
    };
    let odd = said(rule, &format!("{side}PortRange")).into_iter().find(|text| !fits(text));
    let Some(odd) = odd else { return Ok(()) };
    Err(Refusal::network(
        400,
        "SecurityRuleInvalidPortRange",
        format!(
            "Security rule has invalid Port range. Value provided: {odd}. Value should be an integer \
             OR integer range with '-' delimiter. Valid range 0-65535."
        ),
    ))
}

/// Refuses addresses that are neither a range, nor an address, nor a service tag, and those that are
/// said in both ways.
fn addresses(rule: &Value, side: &str, id: &ResourceId) -> Result<(), Refusal> {
    let one = format!("{side}AddressPrefix");
    let listed = body::texts(rule, &format!("/{side}AddressPrefixes"));
    let single = body::text(rule, &format!("/{one}")).filter(|text| !text.is_empty());
    if single.is_some() && !listed.is_empty() {
        return Err(Refusal::network(
            400,
            "SecurityRuleParameterContainsBothSingularAndPlural",
            format!("Security rule {id} must not have both {one} and {one}es."),
        ));
    }
    let is_tag = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
    };
    let is_range = |text: &str| {
        let address = text.parse::<std::net::IpAddr>().is_ok();
        let between = text.split_once('-').is_some_and(|(low, high)| {
            low.trim().parse::<std::net::IpAddr>().is_ok()
                && high.trim().parse::<std::net::IpAddr>().is_ok()
        });
        address || between || text.parse::<ipnet::IpNet>().is_ok()
    };
    let odd =
        said(rule, &one).into_iter().find(|text| *text != "*" && !is_range(text) && !is_tag(text));
    let Some(odd) = odd else { return Ok(()) };
    Err(Refusal::network(
        400,
        "SecurityRuleInvalidAddressPrefix",
        format!("Security rule has invalid Address prefix. Value provided: {odd}"),
    ))
}

/// What a field and its list say: `sourcePortRange` and `sourcePortRanges`.
fn said<'a>(rule: &'a Value, field: &str) -> Vec<&'a str> {
    let list = if field.ends_with('x') { format!("/{field}es") } else { format!("/{field}s") };
    let one = body::text(rule, &format!("/{field}")).filter(|text| !text.is_empty());
    one.into_iter().chain(body::texts(rule, &list)).collect()
}
