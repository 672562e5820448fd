//! The registry: what the kind of a type says, for those who have only the type's name.
//!
//! `kinds!` in the module's root names every kind once. All that is asked about types follows from
//! it: a kind that is not named there does not compile, and one that is there is known to `down`.

use super::entry::Entry;
use super::traits::Traits;
use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::diff::rule::Rules;

/// Returns the kinds that lie in resources of a type, whatever its case.
pub fn kinds_in(resource_type: &str) -> impl Iterator<Item = &'static Entry> {
    let lies_in = move |entry: &&Entry| {
        let outer = entry.name.rsplit_once('/').map(|(outer, _)| outer);
        outer.is_some_and(|outer| outer.eq_ignore_ascii_case(resource_type))
    };
    super::ALL.iter().filter(lies_in)
}

/// Returns what the kind of a type says, whatever the type's case; `None` for a type without one.
pub fn of(resource_type: &str) -> Option<&'static Entry> {
    super::ALL.iter().find(|entry| entry.name.eq_ignore_ascii_case(resource_type))
}

/// Returns what a type is, and careful guesses for one without a kind.
pub fn traits_of(resource_type: &str) -> Traits {
    of(resource_type).map_or(Traits::UNKNOWN, |entry| entry.traits)
}

/// Returns what people call a resource of a type; of a type without a kind its last part is spelt
/// out, one of the many that it says.
pub fn noun(resource_type: &str) -> String {
    if let Some(entry) = of(resource_type) {
        return entry.traits.noun.to_owned();
    }
    let last = resource_type.rsplit('/').next().unwrap_or_default();
    let is_upper = |at: usize| last.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
    // `publicIPPrefixes` is a public IP prefix: what runs together in capitals is one word.
    let begins = |at: usize| is_upper(at) && (!is_upper(at - 1) || !is_upper(at + 1));
    let starts: Vec<usize> = (1..last.len()).filter(|at| begins(*at)).chain([last.len()]).collect();
    let mut from = 0;
    let words = starts.into_iter().filter_map(|to| {
        let word = last.get(std::mem::replace(&mut from, to)..to)?;
        let is_short = word.len() > 1 && word.bytes().all(|c| c.is_ascii_uppercase());
        Some(if is_short { word.to_owned() } else { word.to_ascii_lowercase() })
    });
    let many = words.collect::<Vec<_>>().join(" ");
    let one = |end: &str, of_one: &str| Some(format!("{}{of_one}", many.strip_suffix(end)?));
    let one = one("ies", "y").or_else(|| one("xes", "x")).or_else(|| one("sses", "ss"));
    one.or_else(|| many.strip_suffix('s').map(str::to_owned)).unwrap_or(many)
}

/// Returns the rules of a type that some kind here speaks for; `None` for any other.
pub fn rules_of(resource_type: &str) -> Option<Rules> {
    of(resource_type).map(Entry::rules)
}

/// Returns the version that the kind of a type speaks; `None` for a type without a kind.
pub fn api_version(resource_type: &str) -> Option<ApiVersion> {
    of(resource_type).map(|entry| entry.api.clone())
}

/// Returns an id as its documentation spells it: Azure answers types in whatever case they were asked
/// for. Names stay as they are.
pub fn spelt(id: &ResourceId) -> ResourceId {
    let mut segments: Vec<String> = id.as_str().split('/').map(str::to_owned).collect();
    let mut at = 1;
    while at < segments.len() {
        if segments[at] != "providers" {
            at += 2;
            continue;
        }
        // A namespace, then pairs of a type and a name, until another provider begins.
        let namespace = at + 1;
        let mut end = at + 2;
        while end + 1 < segments.len() && !segments[end].eq_ignore_ascii_case("providers") {
            end += 2;
        }
        let places: Vec<usize> =
            std::iter::once(namespace).chain((at + 2..end).step_by(2)).collect();
        let is_there = |place: &&usize| **place < segments.len();
        let words: Vec<&str> =
            places.iter().filter(is_there).map(|place| segments[*place].as_str()).collect();
        if let Some(known) = of(&words.join("/")) {
            for (place, word) in places.iter().zip(known.name.split('/')) {
                word.clone_into(&mut segments[*place]);
            }
        }
        at = end;
    }
    ResourceId::parse(&segments.join("/")).unwrap_or_else(|_| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_nouns_and_unknown_ones_are_spelt_out() {
        for (kind, said) in [
            ("microsoft.network/virtualnetworks", "virtual network"),
            ("Microsoft.Network/dnsZones", "dns zone"),
            ("Microsoft.Network/publicIPPrefixes", "public IP prefix"),
            ("Microsoft.Network/ddosCustomPolicies", "ddos custom policy"),
            ("Microsoft.Authorization/locks", "lock"),
            ("Own.Space/IPAddresses", "IP address"),
            ("", ""),
        ] {
            assert_eq!(noun(kind), said, "{kind}");
        }
    }

    #[test]
    fn an_id_is_spelt_as_its_documentation_has_it() {
        for (answered, documented) in [
            (
                "/subscriptions/s/resourcegroups/RG/providers/microsoft.containerservice/managedclusters/Own/agentpools/p",
                "/subscriptions/s/resourceGroups/RG/providers/Microsoft.ContainerService/managedClusters/Own/agentPools/p",
            ),
            (
                "/SUBSCRIPTIONS/s/resourceGroups/providers/providers/Microsoft.Network/virtualnetworks/v/subnets/providers/Providers/microsoft.authorization/roleassignments/x",
                "/subscriptions/s/resourceGroups/providers/providers/Microsoft.Network/virtualNetworks/v/subnets/providers/providers/Microsoft.Authorization/roleAssignments/x",
            ),
            ("/subscriptions/s", "/subscriptions/s"),
            (
                "/subscriptions/s/resourcegroups/g/providers/Own.Space/things/t",
                "/subscriptions/s/resourceGroups/g/providers/Own.Space/things/t",
            ),
        ] {
            let Ok(id) = ResourceId::parse(answered) else { continue };
            assert_eq!(spelt(&id).as_str(), documented);
        }
    }
}
