//! Resource providers: registered, in the region, and still speaking our versions.

use std::collections::BTreeSet;

use crate::arm::body::ApiVersion;
use crate::doctor::facts::{Facts, Provider, Read};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::needs::Needs;

const AREA: Area = Area::Providers;

pub(super) fn check(facts: &Facts, needs: Option<&Needs>) -> Vec<Finding> {
    let types = needs.map(Needs::types).unwrap_or_default();
    let none = BTreeSet::new();
    let mut found = Vec::new();
    let mut well = Vec::new();
    for (namespace, provider) in &facts.providers {
        let provider = match provider {
            Read::Got(provider) => provider,
            Read::Unknown(why) => {
                found.push(Finding::unread(AREA, &format!("provider `{namespace}`"), why));
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
        found.extend(used.iter().filter_map(|used| region(facts, namespace, provider, used)));
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
            Some(Finding::warning(AREA, namespace, fact).so(so))
        }
        _ => Some(
            Finding::error(AREA, namespace, fact)
                .so("`up` would stop with `MissingSubscriptionRegistration`.")
                .code("MissingSubscriptionRegistration")
                .run(format!("az provider register --namespace {namespace} --wait")),
        ),
    }
}

fn words(state: &str) -> String {
    match state.to_ascii_lowercase().as_str() {
        "notregistered" => "not registered".to_owned(),
        other => other.to_owned(),
    }
}

/// Looks at types that stand for themselves; children go where their parent goes.
fn region(
    facts: &Facts,
    namespace: &str,
    provider: &Provider,
    (kind, _): &(String, ApiVersion),
) -> Option<Finding> {
    let known = provider.types.iter().find(|known| known.name.eq_ignore_ascii_case(kind))?;
    let location = facts.location.as_str();
    if kind.contains('/') || location.is_empty() || known.locations.is_empty() {
        return None;
    }
    if known.locations.iter().any(|name| name == location) {
        return None;
    }
    let near = known.locations.iter().max_by(|a, b| {
        let to = |name: &str| strsim::jaro_winkler(name, location);
        to(a).total_cmp(&to(b))
    })?;
    let fact = format!("`{namespace}/{kind}` is not offered in region `{location}`.");
    let so = format!("`up` would stop. The name nearest to it is `{near}`.");
    let command = format!("akstool doctor PROFILE --location {near}");
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
    let command = format!("akstool up PROFILE --api-version {name}={newest}");
    Some(Finding::error(AREA, name, fact).so(so).code("NoRegisteredProviderFound").run(command))
}
