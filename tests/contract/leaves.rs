//! A body as its leaves, and whether two leaves say the same.

use std::collections::BTreeMap;

use serde_json::Value;

/// What Azure makes up: both sides must have it, and it cannot be the same.
const GENERATED: [&str; 19] = [
    "etag",
    "eTag",
    "resourceGuid",
    "principalId",
    "clientId",
    "objectId",
    "tenantId",
    "ipAddress",
    "ipPrefix",
    "fqdn",
    "azurePortalFQDN",
    "privateFQDN",
    "resourceUID",
    "createdOn",
    "updatedOn",
    "createdBy",
    "updatedBy",
    "issuerURL",
    "startDate",
];

/// What Azure chooses by the day: versions and images move on.
const OF_THE_DAY: [&str; 3] =
    ["currentKubernetesVersion", "currentOrchestratorVersion", "nodeImageVersion"];

/// What Azure chooses by day and region when the request leaves it open.
const CHOSEN: [&str; 5] =
    ["kubernetesVersion", "orchestratorVersion", "vmSize", "osDiskSizeGB", "osDiskType"];

/// The leaves of a body by path; things in a list are named by their name, else by their place.
pub(crate) fn of(body: &Value) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    collect(body, String::new(), &mut leaves);
    leaves
}

fn collect(value: &Value, path: String, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                collect(value, format!("{path}.{name}"), leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let items = &as_a_set(&path, items);
            for (at, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str);
                let name = name.map_or_else(|| at.to_string(), str::to_owned);
                collect(item, format!("{path}[{name}]"), leaves);
            }
        }
        leaf => {
            leaves.insert(path, leaf.clone());
        }
    }
}

/// Lists that Azure orders anew with every answer.
fn as_a_set(path: &str, items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    if ["availabilityZones", "effectiveNoProxy"].iter().any(|name| path.ends_with(name)) {
        items.sort_by_key(ToString::to_string);
    }
    items
}

/// A path with names taken out of its brackets, and ids and add-ons out of its keys.
pub(crate) fn general(path: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for letter in path.chars() {
        match letter {
            '[' => {
                depth += 1;
                out.push_str("[]");
            }
            ']' => depth -= 1,
            _ if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    match out.find("userAssignedIdentities./") {
        Some(at) => {
            let end = out.rfind('.').unwrap_or(out.len());
            format!("{}userAssignedIdentities.*{}", &out[..at], &out[end..])
        }
        None => out,
    }
}

/// Whether a leaf is Azure's to make up, given what was asked for.
pub(crate) fn is_generated(path: &str, sent: &BTreeMap<String, Value>) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    let open = sent.get(path).is_none_or(|sent| {
        sent.as_str().is_some_and(str::is_empty) || sent.as_u64() == Some(0) || sent.is_null()
    });
    GENERATED.contains(&name)
        || OF_THE_DAY.contains(&name)
        || (CHOSEN.contains(&name) && open)
        || (path.contains("effectiveOutboundIPs") && name == "id")
        || (path.contains("ipConfigurations[") && name == "id")
}

/// A value without what is made up inside it.
pub(crate) fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(text)),
        other => other.clone(),
    }
}

/// Writes `<guid>` for every GUID in a text.
fn mask(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        if guid_at(&letters, at) {
            out.push_str("<guid>");
            at += 36;
        } else if host_at(&letters, at) {
            out.push_str("-<host>.hcp.");
            at += 14;
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

/// Whether the made-up part of a cluster's host name begins at a place: `-abcd1234.hcp.`.
fn host_at(letters: &[char], at: usize) -> bool {
    letters.get(at..at + 14).is_some_and(|part| {
        part[0] == '-'
            && part[1..9].iter().all(char::is_ascii_alphanumeric)
            && part[9..].iter().collect::<String>() == ".hcp."
    })
}

/// Whether a GUID begins at a place.
fn guid_at(letters: &[char], at: usize) -> bool {
    letters.get(at..at + 36).is_some_and(|part| {
        part.iter().enumerate().all(|(place, letter)| {
            if [8, 13, 18, 23].contains(&place) {
                *letter == '-'
            } else {
                letter.is_ascii_hexdigit()
            }
        })
    })
}

/// Whether a text is one GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36 && guid_at(&text.chars().collect::<Vec<_>>(), 0)
}
