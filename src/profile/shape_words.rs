//! The words in which a misshapen profile is described: what was expected, what was found, what
//! was probably meant.

use serde_json::Value as Json;

use super::problem::quote;
use super::yaml::{Meaning, Node, Scalar, Style, Value};

/// Describes what a schema takes.
pub(super) fn expectation(alternatives: &[&Json]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    let all_words: Vec<&str> = alternatives.iter().flat_map(|one| words(one)).collect();
    if !all_words.is_empty() {
        kinds.push(choice(&all_words));
    }
    for one in alternatives.iter().filter(|one| words(one).is_empty()) {
        let kind = expected_kind(one);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

fn expected_kind(schema: &Json) -> String {
    let names = [
        ("object", "a mapping"),
        ("array", "a list"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "`true` or `false`"),
    ];
    let known = names.iter().find(|(kind, _)| is_type(schema, kind));
    known.map_or_else(|| "text".to_owned(), |(_, words)| (*words).to_owned())
}

/// Describes what stands there instead.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        Value::Map(_) => "a mapping".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Scalar(scalar) => scalar_words(scalar),
    }
}

fn scalar_words(scalar: &Scalar) -> String {
    let text = quote(&scalar.text);
    match scalar.meaning() {
        Meaning::Null => "nothing".to_owned(),
        Meaning::Bool(_) => format!("`{text}`"),
        Meaning::Whole(_) | Meaning::Number(_) => format!("the number {text}"),
        Meaning::Text(_) if scalar.style == Style::Quoted => format!("the text `\"{text}\"`"),
        Meaning::Text(_) => format!("the text `{text}`"),
    }
}

/// Describes a scalar of the wrong type, and what was probably meant.
pub(super) fn misfit(scalar: &Scalar, alternatives: &[&Json]) -> (String, Option<String>) {
    let text = quote(&scalar.text);
    let takes = |kind: &str| alternatives.iter().any(|one| is_type(one, kind));
    let unquoted = Scalar { text: scalar.text.clone(), style: Style::Plain };
    let hint = match scalar.meaning() {
        Meaning::Whole(_) | Meaning::Number(_) | Meaning::Bool(_) if takes("string") => {
            Some(format!("put it in quotes: `\"{text}\"`"))
        }
        Meaning::Text(_) if takes("integer") => matches!(unquoted.meaning(), Meaning::Whole(_))
            .then(|| format!("write {text} without quotes")),
        Meaning::Text(written) if takes("boolean") => {
            let flag = match written.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "true" | "enabled" => Some("true"),
                "no" | "n" | "off" | "false" | "disabled" => Some("false"),
                _ => None,
            };
            flag.map(|flag| format!("write `{flag}`"))
        }
        _ if takes("object") => as_mapping(scalar, alternatives),
        _ if takes("array") && !takes("object") => Some(format!("write it as a list: `[{text}]`")),
        _ => None,
    };
    (scalar_words(scalar), hint)
}

/// Shows how a mapping would say what was written as one word.
fn as_mapping(scalar: &Scalar, alternatives: &[&Json]) -> Option<String> {
    let object = alternatives.iter().find(|one| is_type(one, "object"))?;
    let fields = object.get("properties").and_then(Json::as_object)?;
    let required = object.get("required").and_then(Json::as_array);
    let required: Vec<&str> = required.into_iter().flatten().filter_map(Json::as_str).collect();
    let text = quote(&scalar.text);
    let written = |name: &str| Some(format!("write `{{ {name}: {text} }}`"));
    match (scalar.meaning(), required.as_slice()) {
        (Meaning::Bool(true), []) => Some("write `{}` for its defaults".to_owned()),
        (Meaning::Bool(false), _) => Some("leave it out".to_owned()),
        (Meaning::Text(text), []) if text.starts_with('/') && fields.contains_key("id") => {
            written("id")
        }
        (Meaning::Text(_), []) if fields.contains_key("cidr") => written("cidr"),
        (Meaning::Text(word), ["type"]) => {
            let word = nearest(word, &OUTBOUND).unwrap_or(word);
            Some(format!("write `{{ type: {} }}`", quote(word)))
        }
        (Meaning::Text(_), [one]) => written(one),
        (_, []) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            Some(format!("write a mapping of {}", list_words(&names)))
        }
        (_, several) if several.len() < 4 => {
            let fields: Vec<String> = several.iter().map(|name| format!("{name}: …")).collect();
            Some(format!("write `{{ {} }}`", fields.join(", ")))
        }
        _ => None,
    }
}

/// The ways out, for who wrote only the word.
const OUTBOUND: [&str; 6] = [
    "loadBalancer",
    "managedNATGateway",
    "userAssignedNATGateway",
    "userDefinedRouting",
    "none",
    "block",
];

/// Shows how a text would say what was written as a mapping: a taint, as Kubernetes writes it.
pub(super) fn as_text(node: &Node, alternatives: &[&Json]) -> Option<String> {
    let Value::Map(entries) = &node.value else { return None };
    let takes_text = alternatives.iter().any(|one| is_type(one, "string"));
    let field = |name: &str| {
        let found = entries.iter().find(|entry| entry.key == name)?;
        match &found.value.value {
            Value::Scalar(scalar) => Some(quote(&scalar.text)),
            _ => None,
        }
    };
    let effect = field("effect").filter(|_| takes_text)?;
    let value = field("value").map(|value| format!("={value}")).unwrap_or_default();
    Some(format!("write `\"{}{value}:{effect}\"`", field("key")?))
}

/// What Azure, az and Terraform call what a profile calls otherwise.
const FOREIGN: &[(&str, &str, &str)] = &[
    ("minCount", "autoscale", "autoscale: { min: 1, max: 3 }"),
    ("maxCount", "autoscale", "autoscale: { min: 1, max: 3 }"),
    ("enableAutoScaling", "autoscale", "autoscale: { min: 1, max: 3 }"),
    ("enableClusterAutoscaler", "autoscale", "autoscale: { min: 1, max: 3 }"),
    ("nodeCount", "count", "count"),
    ("nodeLabels", "labels", "labels"),
    ("nodeTaints", "taints", "taints"),
    ("availabilityZones", "zones", "zones"),
    ("nodeVmSize", "vmSize", "vmSize"),
    ("size", "vmSize", "vmSize"),
    ("sku", "vmSize", "vmSize"),
    ("vnetSubnetID", "subnet", "subnet"),
    ("podSubnetID", "podSubnet", "podSubnet"),
    ("orchestratorVersion", "version", "version"),
    ("kubernetesVersion", "version", "version"),
    ("scaleSetPriority", "spot", "spot: {}"),
    ("priority", "spot", "spot: {}"),
    ("spotMaxPrice", "spot", "spot: { maxPrice: -1 }"),
    ("scaleSetEvictionPolicy", "spot", "spot: { deleteOnEviction: true }"),
    ("evictionPolicy", "spot", "spot: { deleteOnEviction: true }"),
    ("enableNodePublicIP", "nodePublicIP", "nodePublicIP"),
    ("networkPlugin", "plugin", "plugin"),
    ("networkPluginMode", "mode", "mode"),
    ("networkDataplane", "dataplane", "dataplane"),
    ("networkPolicy", "policy", "policy"),
    ("outboundType", "outbound", "outbound: { type: loadBalancer }"),
    ("loadBalancerProfile", "outbound", "outbound: { type: loadBalancer }"),
    ("natGatewayProfile", "outbound", "outbound: { type: managedNATGateway }"),
    ("addressPrefix", "cidr", "cidr"),
    ("addressPrefixes", "cidr", "cidr"),
    ("addressSpace", "cidr", "cidr"),
    ("podCidrs", "podCidr", "podCidr"),
    ("serviceCidrs", "serviceCidr", "serviceCidr"),
    ("resourceGroupName", "resourceGroup", "resourceGroup"),
    ("region", "location", "location"),
    ("skuTier", "tier", "tier"),
    ("agentPoolProfiles", "pools", "pools"),
    ("nodePools", "pools", "pools"),
];

/// Returns how a profile writes what others call so, where that is known here.
pub(super) fn foreign_word(written: &str, known: &[&str]) -> Option<&'static str> {
    let plain = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    let wanted = plain(written);
    let (.., ours) =
        FOREIGN.iter().find(|(theirs, key, _)| plain(theirs) == wanted && known.contains(key))?;
    Some(ours)
}

/// Returns words in backticks, as a choice: `a`, `b` or `c`.
pub(super) fn choice(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

/// Returns words in backticks, in a row.
pub(super) fn list_words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the known word that was probably meant: the same but for case and dashes, or a few
/// letters away.
pub(super) fn nearest<'w>(written: &str, known: &[&'w str]) -> Option<&'w str> {
    if written.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    let wanted = plain(written);
    if let Some(same) = known.iter().find(|word| plain(word) == wanted) {
        return Some(same);
    }
    let distance = |word: &str| strsim::damerau_levenshtein(&plain(word), &wanted);
    let (away, best) = known.iter().map(|word| (distance(word), *word)).min()?;
    let most = (wanted.chars().count().max(best.len()) / 3).clamp(1, 3);
    (away <= most).then_some(best)
}

/// Says whether a schema is of this type.
pub(super) fn is_type(schema: &Json, name: &str) -> bool {
    schema.get("type").map(type_name) == Some(name)
}

/// Returns the words of an enumeration.
pub(super) fn words(schema: &Json) -> Vec<&str> {
    let single = schema.get("const").and_then(Json::as_str);
    let several = schema.get("enum").and_then(Json::as_array);
    single.into_iter().chain(several.into_iter().flatten().filter_map(Json::as_str)).collect()
}

/// Returns a type's name; of several the first that is not `null`.
pub(super) fn type_name(kind: &Json) -> &str {
    let several = kind.as_array().into_iter().flatten().filter_map(Json::as_str);
    kind.as_str().or_else(|| several.into_iter().find(|name| *name != "null")).unwrap_or("null")
}
