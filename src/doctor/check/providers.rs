//! Resource providers: registered, in the region, and still speaking our versions.

use std::collections::BTreeSet;

use super::unread::{Blank, unread};
use crate::arm::body::ApiVersion;
use crate::doctor::facts::{Facts, Provider, Read};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::needs::Needs;
use crate::shell::Line;

const AREA: Area = Area::Providers;

/// The most regions that are named in place of one that does not exist; chosen.
const NAMED: usize = 3;

/// From which nearness on a name is named; chosen: `westeurop` and `sweden` find theirs, and nothing is
/// as near as that to `narnia` or `amsterdam`.
const ALIKE: f64 = 0.8;

/// What a look without a profile asks of a region: that it has clusters.
const CLUSTERS: (&str, &str) = ("Microsoft.ContainerService", "managedClusters");

/// Finds a region that no type of any provider is offered in: there is none of that name.
pub(super) fn nowhere(facts: &Facts) -> Option<Finding> {
    let wanted = facts.location.as_str();
    let providers = facts.providers.values().filter_map(Read::got);
    let types = providers.flat_map(|provider| &provider.types);
    let known: BTreeSet<&str> =
        types.flat_map(|known| &known.locations).map(String::as_str).collect();
    if wanted.is_empty() || known.is_empty() || known.contains(wanted) {
        return None;
    }
    let near: Vec<&str> = nearest(&known, wanted)
        .into_iter()
        .filter(|name| nearness(name, wanted) >= ALIKE)
        .collect();
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let finding = Finding::error(AREA, wanted, format!("Azure has no region `{wanted}`."))
        .code("LocationNotAvailableForResourceGroup");
    let Some(first) = near.first() else {
        let so = "`up` would stop. No region has a name like it: they are called as `westeurope` or `eastus` is.";
        return Some(finding.so(so.to_owned()));
    };
    let again = if facts.is_of_profile { "akstool doctor PROFILE" } else { "akstool doctor" };
    let so = match &names[..] {
        [one] => format!("`up` would stop. The nearest name is {one}."),
        several => format!("`up` would stop. The nearest names are {}.", several.join(", ")),
    };
    Some(finding.so(so).run(Line::new(again).words("--location").value(first)))
}

/// Returns how likely who wrote the one name meant the other, up to 1: letters are alike from the start
/// on, or they are the same in the order of other clouds (`europe-west1`, `useast`).
fn nearness(name: &str, wanted: &str) -> f64 {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(char::is_ascii_alphabetic).collect();
        letters.sort_unstable();
        letters
    };
    let is_turned = letters(name) == letters(wanted);
    if is_turned { 1.0 } else { strsim::jaro_winkler(name, wanted) }
}

/// Returns the regions whose names are nearest to one that does not exist, the nearest first.
fn nearest<'a>(known: &BTreeSet<&'a str>, wanted: &str) -> Vec<&'a str> {
    let mut near: Vec<&str> = known.iter().copied().collect();
    near.sort_by(|a, b| nearness(b, wanted).total_cmp(&nearness(a, wanted)));
    near.truncate(NAMED);
    near
}

pub(super) fn check(facts: &Facts, needs: Option<&Needs>) -> Vec<Finding> {
    let types = needs.map(Needs::types).unwrap_or_default();
    let is_somewhere = nowhere(facts).is_none();
    let none = BTreeSet::new();
    let mut found = Vec::new();
    let mut well = Vec::new();
    for (namespace, provider) in &facts.providers {
        let provider = match provider {
            Read::Got(provider) => provider,
            Read::Unknown(why) => {
                let what = format!("provider `{namespace}`");
                let so = "If it is not registered, `up` would stop with \
                          `MissingSubscriptionRegistration`.";
                let blank = Blank { area: AREA, what: &what, scope: None, so };
                found.push(unread(facts, &blank, why));
                continue;
            }
            Read::NotAsked => continue,
        };
        let wrong = registration(namespace, provider);
        if wrong.is_none() {
            well.push(format!("`{namespace}`"));
        }
        found.extend(wrong);
        let used = types.get(namespace).unwrap_or(&none);
        let kinds = used.iter().map(|(kind, _)| kind.as_str());
        let kinds = kinds.chain((needs.is_none() && namespace == CLUSTERS.0).then_some(CLUSTERS.1));
        let regional = kinds.filter(|_| is_somewhere);
        found.extend(regional.filter_map(|kind| region(facts, namespace, provider, kind)));
        found.extend(used.iter().filter_map(|used| version(namespace, provider, used)));
    }
    if !well.is_empty() {
        found.push(Finding::ok(AREA, "registration", format!("Registered: {}.", well.join(", "))));
    }
    found
}

fn registration(namespace: &str, provider: &Provider) -> Option<Finding> {
    let fact = format!("Provider `{namespace}` is {}.", words(&provider.state));
    match provider.state.to_ascii_lowercase().as_str() {
        "registered" => None,
        "registering" => {
            let so = "A minute or two from now it is ready.";
            Some(Finding::warning(AREA, namespace, fact).so(so).run(register(namespace)))
        }
        _ => Some(
            Finding::error(AREA, namespace, fact)
                .so("`up` would stop with `MissingSubscriptionRegistration`.")
                .code("MissingSubscriptionRegistration")
                .run(register(namespace)),
        ),
    }
}

fn register(namespace: &str) -> Line {
    Line::new("az provider register --namespace").value(namespace).words("--wait")
}

fn words(state: &str) -> String {
    match state.to_ascii_lowercase().as_str() {
        "notregistered" => "not registered".to_owned(),
        other => other.to_owned(),
    }
}

/// Looks at types that stand for themselves; children go where their parent goes.
fn region(facts: &Facts, namespace: &str, provider: &Provider, kind: &str) -> Option<Finding> {
    let known = provider.types.iter().find(|known| known.name.eq_ignore_ascii_case(kind))?;
    let location = facts.location.as_str();
    if kind.contains('/') || location.is_empty() || known.locations.is_empty() {
        return None;
    }
    if known.locations.iter().any(|name| name == location) {
        return None;
    }
    let known: BTreeSet<&str> = known.locations.iter().map(String::as_str).collect();
    let near = nearest(&known, location).into_iter().next()?;
    let fact = format!("`{namespace}/{kind}` is not offered in region `{location}`.");
    let so = format!("`up` would stop. The name nearest to it is `{near}`.");
    let command = Line::new("akstool doctor PROFILE --location").value(near);
    Some(
        Finding::error(AREA, location, fact)
            .so(so)
            .code("LocationNotAvailableForResourceType")
            .run(command),
    )
}

fn version(
    namespace: &str,
    provider: &Provider,
    (kind, api): &(String, ApiVersion),
) -> Option<Finding> {
    let known = provider.types.iter().find(|known| known.name.eq_ignore_ascii_case(kind))?;
    if known.api_versions.is_empty() || known.api_versions.iter().any(|v| v == api.as_str()) {
        return None;
    }
    let plain = known.api_versions.iter().filter(|version| !version.contains("preview"));
    let newest = plain.max().or(known.api_versions.first())?;
    let name = format!("{namespace}/{kind}");
    let fact = format!("`{name}` no longer speaks version `{api}`.");
    let so = "Calls would be refused with `NoRegisteredProviderFound`.";
    let version = format!("{name}={newest}");
    let command = Line::new("akstool up PROFILE --api-version").value(version);
    Some(Finding::error(AREA, name, fact).so(so).code("NoRegisteredProviderFound").run(command))
}
