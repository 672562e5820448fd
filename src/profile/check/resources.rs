//! Whole resources and references: that each can be made, found again, and put in an order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Rules;
use crate::arm::redact::is_secret;
use crate::profile::place::{index_path, key_path};
use crate::profile::problem::quote;
use crate::profile::reference::{Piece, Want, examples, heads, pieces, read};
use crate::profile::schema::AnyResource;
use crate::profile::secret::has_password;
use crate::profile::shape_words::nearest;

/// What ARM says of a resource by itself, or the profile beside the body.
const BESIDE: [&str; 7] = ["id", "name", "type", "apiVersion", "scope", "systemData", "etag"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let heads = heads(rules.profile);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (index, one) in rules.profile.resources.iter().enumerate() {
        let path = index_path("resources", index);
        shape(rules, one, &path);
        if let Some(first) = names.insert(one.name.to_ascii_lowercase(), index) {
            rules
                .error(&format!("{path}.name"), "two resources have this name")
                .also(&format!("{}.name", index_path("resources", first)), "the other one")
                .hint(
                    "references go by name: give one another, or make it with a profile of its own",
                );
        }
    }
    scopes(rules, &heads);
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (of, path, value) in texts(rules) {
        let found = Finder { rules, heads: &heads }.value(&value, &path);
        edges.entry(of).or_default().extend(found);
    }
    circle(rules, &edges);
}

/// What is wrong with one resource by itself.
fn shape(rules: &mut Rules<'_>, one: &AnyResource, path: &str) {
    let types = one.kind.split('/').count() - 1;
    let names = one.name.split('/').filter(|name| !name.is_empty()).count();
    if types != names {
        let what = format!(
            "the type `{}` takes {types} names, parted by `/`, not {names}",
            quote(&one.kind)
        );
        let hint = "a type that lies in another one takes the names of both: `vault/key`";
        rules.error(&format!("{path}.name"), what).hint(hint);
    }
    let body = format!("{path}.body");
    for name in BESIDE.iter().filter(|name| one.body.0.contains_key(**name)) {
        let what = format!("`{name}` does not stand in a body");
        let hint = if ["name", "type", "apiVersion", "scope"].contains(name) {
            format!("write it beside `body`: `{name}`")
        } else {
            "delete it: Azure says it, nobody else".to_owned()
        };
        rules.error(&key_path(&body, name), what).at_key().hint(hint);
    }
    let state = format!("{body}.properties.provisioningState");
    if rules.places.is_written(&state) {
        let what = "`provisioningState` is read-only: Azure says it, nobody else";
        rules.error(&state, what).at_key().hint("delete it");
    }
    if let Some(bad) = one.name.chars().find(|c| c.is_control() || "?#%\\<>\"' ".contains(*c)) {
        let what = format!(
            "`{}` cannot stand in an id, for its `{}`",
            quote(&one.name),
            bad.escape_default()
        );
        rules.error(&format!("{path}.name"), what).hint("take that character out of the name");
    }
    let tags = one.body.0.get("tags").and_then(Value::as_object);
    for name in tags.into_iter().flat_map(Map::keys) {
        super::names::own_tag(rules, &key_path(&format!("{body}.tags"), name), name);
    }
    secrets(rules, &Value::Object(one.body.0.clone()), &body, "");
    if !one.is_tagged() && one.scope.is_none() && types == 1 {
        rules
            .error(&body, "nothing of it would say whose it is, so `down` could not find it")
            .hint("most types take `location` or `tags: {}`; of those that extend a resource say which: `scope: ${cluster.id}`");
    }
}

/// Refuses what a name says to be a secret, and what shows to be one; also in lists.
fn secrets(rules: &mut Rules<'_>, value: &Value, path: &str, name: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                secrets(rules, value, &key_path(path, name), name);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                secrets(rules, item, &index_path(path, index), name);
            }
        }
        Value::String(text) if has_password(text) || (is_secret(name) && !text.is_empty()) => {
            let what = format!("`{}` is a secret, and a profile holds none", quote(name));
            let hint = "a profile is kept and shared: take the way of the type that needs none, \
                        such as Entra ID, or set it by hand";
            rules.error(path, what).at_key().hint(hint);
        }
        _ => {}
    }
}

/// Refuses what should be an id and comes to none: a reference to a name, or to what is known only
/// once it stands.
fn scopes(rules: &mut Rules<'_>, heads: &[String]) {
    for (_, path, value) in texts(rules) {
        let is_scope = matches!(path.rsplit('.').next(), Some("scope" | "to"));
        let Some(text) = value.as_str().filter(|_| is_scope) else { continue };
        let first = pieces(text).into_iter().next();
        let wrong = match first {
            Some(Piece::Reference(reference)) => {
                read(reference, heads).filter(|(_, want)| *want != Want::Id).map(|(head, _)| head)
            }
            Some(Piece::Plain(start)) if text.contains("${") && !start.starts_with('/') => {
                Some("cluster")
            }
            _ => None,
        };
        if let Some(head) = wrong {
            let what = format!("`{}` comes to no id", quote(text));
            rules.error(&path, what).hint(format!("write `${{{head}.id}}`"));
        }
    }
}

/// Returns every document that may refer: what it is part of, its path, and itself.
fn texts(rules: &Rules<'_>) -> Vec<(String, String, Value)> {
    let profile = rules.profile;
    let mut all = Vec::new();
    for (index, one) in profile.resources.iter().enumerate() {
        let (of, path) = (format!("resources.{}", one.name), index_path("resources", index));
        all.push((of.clone(), format!("{path}.body"), Value::Object(one.body.0.clone())));
        if let Some(scope) = &one.scope {
            all.push((of, format!("{path}.scope"), Value::from(scope.as_str())));
        }
    }
    for (index, one) in profile.network.private_endpoints.iter().enumerate() {
        let path = format!("{}.to", index_path("network.privateEndpoints", index));
        all.push((format!("endpoints.{}", one.name), path, Value::from(one.to.as_str())));
    }
    for (key, one) in &profile.workload_identities {
        for (index, grant) in one.roles.iter().enumerate() {
            let path = index_path(&format!("{}.roles", key_path("workloadIdentities", key)), index);
            let scope = Value::from(grant.scope.as_str());
            all.push((format!("workloads.{key}"), format!("{path}.scope"), scope));
        }
    }
    let raw = super::raw::said(profile);
    all.extend(raw.into_iter().map(|(of, path, raw)| (of, path, Value::Object(raw.0.clone()))));
    all
}

struct Finder<'r, 'p> {
    rules: &'r mut Rules<'p>,
    heads: &'r [String],
}

impl Finder<'_, '_> {
    /// Says what is wrong with the references of a document, and returns what they name.
    fn value(&mut self, value: &Value, path: &str) -> Vec<String> {
        match value {
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, value)| self.value(value, &key_path(path, name)))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| self.value(item, &index_path(path, index)))
                .collect(),
            Value::String(text) => self.text(text, path),
            _ => Vec::new(),
        }
    }

    fn text(&mut self, text: &str, path: &str) -> Vec<String> {
        let pieces = pieces(text);
        let alone = pieces.len() == 1;
        let mut named = Vec::new();
        for piece in pieces {
            let Piece::Reference(reference) = piece else { continue };
            match read(reference, self.heads) {
                Some((head, want)) => {
                    named.push(head.to_owned());
                    if matches!(want, Want::At(_)) && !alone {
                        let what = format!(
                            "`${{{}}}` stands alone: it is known only once it stands in Azure",
                            quote(reference)
                        );
                        self.rules.error(path, what).hint("write nothing else into this text");
                    }
                }
                None => self.unknown(reference, path),
            }
        }
        named
    }

    fn unknown(&mut self, reference: &str, path: &str) {
        let known = examples(self.heads);
        let words: Vec<&str> = known.iter().map(String::as_str).collect();
        let what = format!("`${{{}}}` refers to nothing that this profile makes", quote(reference));
        let hint = if let Some(near) = nearest(reference, &words) {
            format!("did you mean `${{{near}}}`?")
        } else {
            let heads: Vec<String> = self.heads.iter().map(|one| format!("`{one}`")).collect();
            format!("there are {}, each with `.id`, `.name` and `.properties.…`", heads.join(", "))
        };
        self.rules.error(path, what).hint(hint);
    }
}

/// What the sections of a profile need of each other, beside what is written.
fn needs(head: &str, all: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let starts = |start: &str| all.keys().filter(|one| one.starts_with(start)).cloned().collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match head.split('.').next().unwrap_or(head) {
        "pools" => names(&["cluster"]),
        "cluster" => {
            let mut found: Vec<String> = starts("subnets.");
            found.push("vnet".to_owned());
            found
        }
        "subnets" => names(&["vnet", "routeTable", "securityGroup", "natGateway"]),
        _ => Vec::new(),
    }
}

/// Refuses what can never be made: each waits for the other.
fn circle(rules: &mut Rules<'_>, edges: &BTreeMap<String, BTreeSet<String>>) {
    for (index, one) in rules.profile.resources.iter().enumerate() {
        let start = format!("resources.{}", one.name);
        let mut open: Vec<String> = edges.get(&start).into_iter().flatten().cloned().collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(head) = open.pop() {
            if head == start {
                let path = format!("{}.name", index_path("resources", index));
                let what = format!(
                    "`{}` can never be made: what it refers to refers to it",
                    quote(&one.name)
                );
                rules.error(&path, what).hint("take one of the references out");
                break;
            }
            if seen.insert(head.clone()) {
                open.extend(edges.get(&head).into_iter().flatten().cloned());
                open.extend(needs(&head, edges));
            }
        }
    }
}
