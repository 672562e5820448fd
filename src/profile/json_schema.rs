//! The JSON Schema of the profile, made from its types and finished for editors.
//!
//! The forms that only akstool knows (`cidr-or-auto`, ids) get a pattern, so that an editor sees
//! most of what `check` will say. `format` remains the exact judge.

use serde_json::{Map, Value as Json};

use super::schema::Profile;

/// The name of the schema; a name, not a place to fetch it from.
const ID: &str = "urn:akstool:schema:profile:v1";

/// What the forms look like, roughly.
const PATTERNS: [(&str, &str); 25] = [
    ("resource-type", r"^[A-Za-z0-9]+(\.[A-Za-z0-9]+)+(/[A-Za-z0-9]+)+$"),
    ("api-version", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(-[a-z]+)?$"),
    ("user-name", r"^[a-z_][a-z0-9_-]*$"),
    ("id-or-reference", r"^(/[Ss][Uu][Bb][Ss].+|.*\$\{.+\}.*)$"),
    ("scope-or-reference", r"^(/[Ss][Uu][Bb][Ss].+|.*\$\{.+\}.*)$"),
    ("zone-or-id", r"^(/.+|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+)$"),
    ("lifetime", r"^([0-9]+ *[A-Za-z]+ *)+$"),
    ("service-account", r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"),
    ("guid", r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    ("address-or-cidr", r"^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?$"),
    ("cidr-or-all", r"^[0-9a-fA-F:.]+/[0-9]{1,3}$"),
    ("cidr-or-auto", r"^(auto|([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2})$"),
    ("cidr", r"^[0-9a-fA-F:.]+/[0-9]{1,3}$"),
    ("cidr-v6", r"^[0-9a-fA-F:]+/[0-9]{1,3}$"),
    ("kubernetes-version", r"^(latest(-1)?|[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3})?)$"),
    ("private-dns-zone", r"^(system|none|own|/.+)$"),
    ("surge", r"^[0-9]+%?$"),
    ("time-of-day", r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    ("utc-offset", r"^[+-][0-9]{2}:[0-9]{2}$"),
    ("day", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    ("poll-interval", r"^([0-9]+[hms])+$"),
    ("mesh-revision", r"^asm-[0-9]+-[0-9]+$"),
    ("minutes", r"^[0-9]{1,6}m$"),
    ("seconds", r"^[0-9]{1,6}s$"),
    ("seconds-or-more", r"^[0-9]{1,6}[smh]$"),
];

/// Returns the JSON Schema of the profile, draft 2020-12.
pub fn schema_json() -> Json {
    let mut schema = schemars::schema_for!(Profile).to_value();
    finish(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        object.insert("$id".to_owned(), Json::from(ID));
        object.insert("title".to_owned(), Json::from("akstool profile"));
    }
    schema
}

fn finish(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            object.values_mut().for_each(finish);
            if let Some(Json::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if let Some(pattern) = pattern(object) {
                object.insert("pattern".to_owned(), Json::from(pattern));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(finish),
        _ => {}
    }
}

/// Returns a pattern for a text in any case, as ARM reads ids.
fn folded(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '.' => r"\.".to_owned(),
            c => format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase()),
        })
        .collect()
}

fn pattern(object: &Map<String, Json>) -> Option<String> {
    if let Some(kind) = object.get("x-akstool-type").and_then(Json::as_str) {
        let (provider, types) = kind.split_once('/')?;
        let types: Vec<String> = types.split('/').map(folded).collect();
        let names = types.join("/[^/]+/");
        return Some(format!(
            "^/{}/[^/]+/{}/[^/]+/{}/{}/{names}/[^/]+$",
            folded("subscriptions"),
            folded("resourceGroups"),
            folded("providers"),
            folded(provider)
        ));
    }
    let format = object.get("format").and_then(Json::as_str)?;
    let known = PATTERNS.iter().find(|(name, _)| *name == format);
    known.map(|(_, pattern)| (*pattern).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects the formats of texts that an editor learns nothing of.
    fn unseen(schema: &Json, found: &mut Vec<String>) {
        match schema {
            Json::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Json::as_str);
                let is_text = text("type").is_none_or(|kind| kind == "string");
                if let (Some(format), None, true) = (text("format"), text("pattern"), is_text) {
                    found.push(format.to_owned());
                }
                members.values().for_each(|inner| unseen(inner, found));
            }
            Json::Array(items) => items.iter().for_each(|inner| unseen(inner, found)),
            _ => {}
        }
    }

    #[test]
    fn an_editor_sees_something_of_every_form_of_ours() {
        let mut found = Vec::new();
        unseen(&schema_json(), &mut found);
        // JSON Schema's own, and those of numbers that may be missing.
        let known = ["ipv4", "uint8", "uint16", "uint32", "double"];
        found.retain(|format| !known.contains(&format.as_str()));
        assert_eq!(found, [""; 0]);
    }
}
