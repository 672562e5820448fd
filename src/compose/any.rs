//! Whole resources of the profile, and what its references come to.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::kind::{self, API_VERSION, Ownership, Resource, Tags};
use crate::profile::reference::{Piece, Want, pieces, read};
use crate::profile::schema::AnyResource;

/// What the parts of a profile are called in references, each with its id.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    ids: BTreeMap<String, ResourceId>,
    heads: Vec<String>,
}

impl Named {
    pub(super) fn add(&mut self, head: impl Into<String>, id: &ResourceId) {
        let head = head.into();
        self.heads.push(head.clone());
        self.ids.insert(head, id.clone());
    }

    /// Returns a document with every reference replaced by what it comes to.
    pub(super) fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (name.clone(), self.resolved(value))).collect(),
            ),
            Value::Array(items) => items.iter().map(|item| self.resolved(item)).collect(),
            Value::String(text) => self.text(text),
            plain => plain.clone(),
        }
    }

    fn text(&self, text: &str) -> Value {
        let pieces = pieces(text);
        if let [Piece::Reference(reference)] = pieces[..] {
            return self.one(reference).unwrap_or_else(|| text.into());
        }
        let all = pieces.into_iter().map(|piece| match piece {
            Piece::Plain(text) => text.to_owned(),
            Piece::Reference(reference) => match self.one(reference) {
                Some(Value::String(value)) => value,
                // The checks refuse what is not known yet inside a text.
                _ => format!("${{{reference}}}"),
            },
        });
        all.collect::<String>().into()
    }

    fn one(&self, reference: &str) -> Option<Value> {
        let (head, want) = read(reference, &self.heads)?;
        let id = self.ids.get(head)?.clone();
        Some(match want {
            Want::Id => id.as_str().into(),
            Want::Name => id.name().into(),
            Want::At(at) => Later { of: id, at }.to_json(),
        })
    }

    /// Returns the id of a whole resource; `None` where its scope is none.
    pub(super) fn id(&self, one: &AnyResource, group: &ResourceId) -> Option<ResourceId> {
        let scope = match &one.scope {
            None => group.clone(),
            Some(scope) => ResourceId::parse(self.text(scope).as_str()?).ok()?,
        };
        let mut types = one.kind.split('/');
        let mut text = format!("{scope}/providers/{}", types.next()?);
        for (kind, name) in types.zip(one.name.split('/')) {
            text.extend(["/", kind, "/", name]);
        }
        ResourceId::parse(&text).ok()
    }
}

/// Makes a resource of a document; of a type that has a kind here with what that knows.
pub(super) fn resource(id: ResourceId, one: &AnyResource, body: Value, tags: &Tags) -> Resource {
    let mut body = body;
    let api = ApiVersion::from(one.api_version.clone());
    let ownership = if one.is_tagged() { Ownership::Tagged } else { Ownership::Named };
    if let (true, Some(members)) = (one.is_tagged(), body.as_object_mut()) {
        let known = kind::of(&one.kind).is_some();
        let own = tags.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
        // Whoever takes it down by name alone has to know in which version to speak to it.
        let version = (!known).then(|| (API_VERSION.to_owned(), one.api_version.clone().into()));
        let all =
            members.entry("tags").or_insert_with(|| Value::Object(serde_json::Map::default()));
        if let Some(all) = all.as_object_mut() {
            all.extend(own.chain(version));
        }
    }
    let mut made = Resource::unknown(id, api, Body::new(body), ownership);
    if let Some(entry) = kind::of(&one.kind) {
        made.rules = entry.rules();
        made.traits = entry.traits;
        made.kind = entry.name.into();
    }
    made
}
