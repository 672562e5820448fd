//! The registry: its name, and what an existing one does not take.
//!
//! Source: learn.microsoft.com, resource-name-rules and container-registry-skus.

use super::Rules;
use crate::profile::place::index_path;
use crate::profile::problem::quote;
use crate::profile::schema::RegistrySku;

/// Places of raw properties that only the premium tier takes, each with what stands there when it
/// asks for nothing.
const PREMIUM: [(&str, &[&str]); 4] = [
    ("publicNetworkAccess", &["Enabled"]),
    ("networkRuleSet", &[]),
    ("encryption", &[]),
    ("dataEndpointEnabled", &[]),
];

pub(super) fn check(rules: &mut Rules<'_>) {
    let Some(registry) = &rules.profile.registry else { return };
    if registry.id.is_some() {
        for field in ["name", "sku", "adminUser"] {
            let path = format!("registry.{field}");
            rules.unused(&path, "an existing registry keeps what it has");
        }
        return;
    }
    let odd = |name: &&str| !name.chars().all(|c| c.is_ascii_alphanumeric());
    if let Some(name) = registry.name.as_deref().filter(odd) {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let what = format!("`{}` is no name for a registry: letters and digits only", quote(name));
        let close = (5..=50).contains(&plain.len());
        let hint = close.then(|| format!("`{}` would do", plain.to_ascii_lowercase()));
        rules.error("registry.name", what).maybe_hint(hint);
    }
    if registry.sku.unwrap_or_default() == RegistrySku::Premium {
        return;
    }
    endpoints(rules);
    let Some(raw) = &registry.properties else { return };
    for (name, nothing) in PREMIUM {
        let Some(value) = raw.0.get(name) else { continue };
        let asks_nothing = value.is_null()
            || value.as_bool() == Some(false)
            || value.as_str().is_some_and(|text| nothing.contains(&text));
        if !asks_nothing {
            rules
                .error(
                    &format!("registry.properties.{name}"),
                    format!("`{name}` comes with the premium tier only"),
                )
                .also("registry.sku", "this is the tier")
                .hint("set `registry.sku: premium`");
        }
    }
}

/// Endpoints that lead to our own registry, of a tier that has none.
fn endpoints(rules: &mut Rules<'_>) {
    for (index, endpoint) in rules.profile.network.private_endpoints.iter().enumerate() {
        if endpoint.to != "${registry.id}" {
            continue;
        }
        let path = format!("{}.to", index_path("network.privateEndpoints", index));
        rules
            .error(&path, "private endpoints come with a registry of the premium tier only")
            .also("registry", "this one")
            .hint("set `registry.sku: premium`");
    }
}
