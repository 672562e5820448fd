//! What a profile asks for and Azure never takes back: it is left alone, and told with the reason.
//!
//! A switch or version that stays would otherwise be passed over: `settle` keeps what stands, no
//! difference remains, and the reader would take "nothing to do" for "as the profile says".

use serde_json::Value;

use super::guard::Refused;
use crate::diff::rule::{Assumed, Need};
use crate::diff::{Rule, settle};
use crate::kind::{Cluster, Kind as _, Resource, noun};
use crate::version::Version;

/// Returns a sentence for each wish that what stands has gone beyond.
pub(super) fn alone(resource: &Resource, body: &Value, wish: &Value) -> Vec<String> {
    let told = resource.rules.iter().filter_map(|rule| {
        let (stands, wished) = (found(body, rule.at())?, found(wish, rule.at())?);
        match rule {
            Rule::AtLeast(_) => version(resource, stands.as_str()?, wished.as_str()?),
            Rule::Latched(at) => (stands == true && wished == false).then(|| {
                format!(
                    "{}: `{}` stays on: Azure cannot switch it off again; write `true` or leave it out",
                    called(resource),
                    shown(at)
                )
            }),
            _ => None,
        }
    });
    let told = told.chain(access(resource, body, wish));
    let unnamed = resource.rules.iter().filter_map(|rule| unnamed(resource, rule, body, wish));
    told.chain(scaled(resource, body, wish)).chain(unnamed).collect()
}

/// Switches of who comes in, each with what stands in Azure once it is on, and what it leaves behind
/// (enable-authentication-microsoft-entra-id; local-accounts).
const WHO_COMES_IN: [(&str, &str); 2] = [
    (
        "properties.aadProfile.managed",
        "goes over to Entra ID for good: kubeconfigs of its users that were fetched before work no more; \
         `akstool kubeconfig` fetches them anew",
    ),
    (
        "properties.disableLocalAccounts",
        "gives out no more accounts of its own; those that were fetched before work until its \
         certificates are rotated",
    ),
];

/// Returns what a change of who comes in does to those who came in before.
fn access(resource: &Resource, body: &Value, wish: &Value) -> Vec<String> {
    let is_on = |document, at: &str| found(document, at).is_some_and(|flag| flag == true);
    let comes = WHO_COMES_IN.iter().filter(|(at, _)| !is_on(body, at) && is_on(wish, at));
    let of_cluster = comes.filter(|_| resource.kind == Cluster::TYPE);
    of_cluster.map(|(_, what)| format!("{} {what}", called(resource))).collect()
}

/// Returns which names that stand a map leaves out, or which ranges a list: they stay.
///
/// Labels are this tool's alone to set; tags are not, as policies write them, and are passed over.
fn unnamed(resource: &Resource, rule: &Rule, body: &Value, wish: &Value) -> Option<String> {
    let (stands, wished) = (found(body, rule.at())?, found(wish, rule.at())?);
    let name = called(resource);
    match (rule, stands, wished) {
        (Rule::Clears(at), Value::Object(stands), Value::Object(wished)) if !wished.is_empty() => {
            let is_owned = |key: &str| {
                let owned = |rule: &Rule| matches!(rule, Rule::Owned(of, start) if of == at && key.starts_with(start));
                resource.rules.iter().any(owned)
            };
            let left = stands.keys().filter(|key| !wished.contains_key(*key) && !is_owned(key));
            let left: Vec<&str> = left.map(String::as_str).collect();
            let first = left.first()?;
            Some(format!(
                "{name}: {} not in the profile and left alone; `{first}: null` takes it away",
                listed(&left, "label")
            ))
        }
        (Rule::Joined(_), Value::Array(stands), Value::Array(wished)) => {
            let after = settle(body, wish, &resource.rules);
            let stays = found(&after, rule.at())?.as_array()?;
            let left = stands.iter().filter(|one| !wished.contains(one) && stays.contains(one));
            let left: Vec<&str> = left.filter_map(Value::as_str).collect();
            (!left.is_empty()).then(|| {
                format!("{name}: {} not in the profile and left alone", listed(&left, "range"))
            })
        }
        _ => None,
    }
}

/// Lists names as the subject of a sentence, the verb with it.
fn listed(names: &[&str], noun: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (plural, verb) = if names.len() == 1 { ("", "is") } else { ("s", "are") };
    format!("{noun}{plural} {} {verb}", quoted.join(", "))
}

/// The places that say which version is wished for, each with the one that says which patch runs.
const RUNS: [(&str, &str); 2] = [
    ("/properties/kubernetesVersion", "/properties/currentKubernetesVersion"),
    ("/properties/orchestratorVersion", "/properties/currentOrchestratorVersion"),
];

/// Takes out of a wish a patch that is older than the one that runs, and returns what to say of it.
///
/// What was asked for last may be the minor version alone, which says nothing of the patch: without
/// this the step back would look like one ahead.
pub(super) fn older_patch(resource: &Resource, body: &Value, wish: &mut Value) -> Option<String> {
    let (place, runs) = RUNS.iter().find_map(|(place, runs)| {
        let (wished, runs) = (wish.pointer(place)?.as_str()?, body.pointer(runs)?.as_str()?);
        let (then, now) = (Version::parse(wished)?, Version::parse(runs)?);
        let is_older = then.is_exact() && then.minor() == now.minor() && then < now;
        is_older.then(|| (*place, runs.to_owned()))
    })?;
    let (parent, name) = place.rsplit_once('/')?;
    let wished = wish.pointer_mut(parent)?.as_object_mut()?.remove(name)?;
    version(resource, &runs, wished.as_str()?)
}

/// Returns each pair of settings that what was settled would part, and that stands together now: what
/// the profile leaves out stays, and Azure refuses it beside what the profile says.
pub(super) fn parted(resource: &Resource, body: &Value, settled: &Value) -> Vec<Refused> {
    let needs = resource.rules.iter().filter_map(|rule| match rule {
        Rule::Needs(need) => Some(need),
        _ => None,
    });
    let parted = needs.filter(|need| !is_met(need, settled) && is_met(need, body));
    parted
        .map(|need| Refused::Parted {
            path: shown(need.at).to_owned(),
            with: shown(need.with).to_owned(),
            takes: need.takes.iter().map(|&word| word.to_owned()).collect(),
            fields: [need.fields.0.to_owned(), need.fields.1.to_owned()],
        })
        .collect()
}

fn is_met(need: &Need, document: &Value) -> bool {
    let has_it = found(document, need.at).is_some_and(|value| match need.reads {
        Assumed::Text(word) => value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word)),
        Assumed::Flag(flag) => value == flag,
        Assumed::Number(number) => value == number,
    });
    let beside = found(document, need.with).and_then(Value::as_str);
    let fits = |text: &str| need.takes.iter().any(|word| word.eq_ignore_ascii_case(text));
    !has_it || beside.is_none_or(fits)
}

/// Returns a place as people write it.
fn shown(place: &str) -> &str {
    place.strip_prefix("properties.").unwrap_or(place)
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
                called(resource)
            )
        })
    })
}

fn version(resource: &Resource, runs: &str, wished: &str) -> Option<String> {
    let (now, then) = (Version::parse(runs)?, Version::parse(wished)?);
    (!then.takes_in(now)).then(|| {
        format!(
            "{} runs Kubernetes {runs} and the profile says {wished}: it is left alone, as AKS never \
             goes back; write `version: \"{runs}\"`",
            called(resource)
        )
    })
}

/// Returns what people call a resource: what it is, and its name.
fn called(resource: &Resource) -> String {
    format!("{} `{}`", noun(&resource.kind), resource.id.name())
}

/// Returns what stands at a place of keys joined by dots; a pattern over items has none.
fn found<'a>(document: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(document, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::arm::id::ResourceId;

    #[test]
    fn an_older_patch_than_the_one_that_runs_is_told_and_not_wished_for() {
        let id = ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c");
        let cluster = Resource::existing::<Cluster>(id);
        let stands = json!({ "properties": {
            "kubernetesVersion": "1.34", "currentKubernetesVersion": "1.34.2" } });
        let of = |version: &str| {
            let mut wish = json!({ "properties": { "kubernetesVersion": version } });
            let told = older_patch(&cluster, &stands, &mut wish);
            (told, wish.pointer("/properties/kubernetesVersion").is_some())
        };
        let (told, is_wished) = of("1.34.1");
        assert!(told.unwrap().contains("runs Kubernetes 1.34.2") && !is_wished);
        for kept in ["1.34", "1.34.2", "1.34.3", "1.35", "1.33.9"] {
            assert_eq!(of(kept), (None, true), "{kept}");
        }
    }

    #[test]
    fn what_azure_takes_together_is_parted_by_no_plan_and_may_stay_parted() {
        let id = ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c");
        let rules = Cluster::RULES.into();
        let cluster = Resource { rules, ..Resource::existing::<Cluster>(id) };
        let body = |tier: &str, support: &str| json!({ "sku": { "tier": tier }, "properties": { "supportPlan": support } });
        let parted = |before: (&str, &str), after: (&str, &str)| {
            parted(&cluster, &body(before.0, before.1), &body(after.0, after.1)).len()
        };
        let long = ("Premium", "AKSLongTermSupport");
        assert_eq!(parted(long, ("Standard", "AKSLongTermSupport")), 1);
        assert_eq!(parted(long, ("Standard", "KubernetesOfficial")), 0);
        assert_eq!(parted(("Free", "KubernetesOfficial"), ("Free", "AKSLongTermSupport")), 1);
        let odd = ("Free", "AKSLongTermSupport");
        assert_eq!(parted(odd, odd), 0, "as it stands, it is Azure's own doing");
    }
}
