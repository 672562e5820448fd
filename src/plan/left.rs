//! What a profile asks for and Azure never takes back: it is left alone, and told with the reason.
//!
//! A switch or version that stays would otherwise be passed over: `settle` keeps what stands, no
//! difference remains, and the reader would take "nothing to do" for "as the profile says".

use serde_json::Value;

use crate::diff::Rule;
use crate::kind::Resource;

/// Returns a sentence for each wish that what stands has gone beyond.
pub(super) fn alone(resource: &Resource, body: &Value, wish: &Value) -> Vec<String> {
    let told = resource.rules.iter().filter_map(|rule| {
        let (stands, wished) = (found(body, rule.at())?, found(wish, rule.at())?);
        match rule {
            Rule::AtLeast(_) => version(resource, stands.as_str()?, wished.as_str()?),
            Rule::Latched(at) => (stands == true && wished == false).then(|| {
                format!(
                    "{}: {} stays on: Azure cannot switch it off again; write `true` or leave it out",
                    resource.id.name(),
                    at.strip_prefix("properties.").unwrap_or(at)
                )
            }),
            _ => None,
        }
    });
    told.chain(scaled(resource, body, wish)).collect()
}

/// Returns that the autoscaler, not the profile, has the number of nodes.
fn scaled(resource: &Resource, body: &Value, wish: &Value) -> Option<String> {
    resource.rules.iter().find_map(|rule| {
        let Rule::YieldsWhen { at, flag, within } = rule else { return None };
        let (parent, _) = at.rsplit_once('.')?;
        let sibling = |document, name: &str| found(document, &format!("{parent}.{name}"));
        let (now, start) = (found(body, at)?.as_u64()?, found(wish, at)?.as_u64()?);
        let on = sibling(body, flag)? == true && sibling(wish, flag)? == true;
        // The least is where a pool starts whose profile says no number.
        let is_said = sibling(wish, within.0).and_then(Value::as_u64) != Some(start);
        (on && is_said && now != start).then(|| {
            format!(
                "{}: `count: {start}` is where the pool starts; the autoscaler has it at {now}, and \
                 that is left alone",
                resource.id.name()
            )
        })
    })
}

fn version(resource: &Resource, runs: &str, wished: &str) -> Option<String> {
    let parts = |text: &str| -> Vec<u64> {
        text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    let (now, then) = (parts(runs), parts(wished));
    (now > then && !now.starts_with(&then)).then(|| {
        format!(
            "{} runs Kubernetes {runs} and the profile says {wished}: it is left alone, as AKS never \
             goes back; write `version: \"{runs}\"`",
            resource.id.name()
        )
    })
}

/// Returns what stands at a place of keys joined by dots; a pattern over items has none.
fn found<'a>(document: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(document, |value, key| value.get(key))
}
