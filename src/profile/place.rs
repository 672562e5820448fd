//! Where each field stands: from a path such as `pools[0].vmSize` to its key and value in the text.

use std::collections::HashMap;

use super::problem::Span;
use super::yaml::{Node, Value};

/// The places of every key and value, by path.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: HashMap<String, Position>,
}

#[derive(Clone, Copy, Debug)]
struct Position {
    key: Option<Span>,
    value: Span,
    container: bool,
}

impl Places {
    /// Walks the tree once.
    pub(super) fn of(root: &Node) -> Self {
        let mut places = Self::default();
        places.walk(root, None, String::new());
        places
    }

    fn walk(&mut self, node: &Node, key: Option<Span>, path: String) {
        let container = !matches!(node.value, Value::Scalar(_));
        match &node.value {
            Value::Scalar(_) => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, None, index_path(&path, index));
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    self.walk(&entry.value, Some(entry.key_at), key_path(&path, &entry.key));
                }
            }
        }
        self.places.insert(path, Position { key, value: node.at, container });
    }

    /// Says whether anything is written at this path.
    pub(super) fn is_written(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Returns where the value stands; for a list or mapping its key, for what is not written what
    /// holds it.
    pub(super) fn value(&self, path: &str) -> Option<Span> {
        let place = self.nearest(path)?;
        let inner = if place.container { place.key } else { None };
        Some(inner.unwrap_or(place.value))
    }

    /// Returns where the key stands; for an item of a list its beginning.
    pub(super) fn key(&self, path: &str) -> Option<Span> {
        let place = self.nearest(path)?;
        Some(place.key.unwrap_or(place.value))
    }

    fn nearest(&self, path: &str) -> Option<&Position> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(place);
            }
            path = parent(path)?;
        }
    }
}

/// Returns the path of a key under a path.
pub(super) fn key_path(path: &str, key: &str) -> String {
    let plain =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key:?}]"),
    }
}

/// Returns the path of an item of the list at a path.
pub(super) fn index_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// Returns the path that holds this one; `None` for the root.
pub(super) fn parent(path: &str) -> Option<&str> {
    if path.is_empty() {
        return None;
    }
    if path.ends_with("\"]") {
        let start = path.rfind("[\"").unwrap_or(0);
        return Some(&path[..start]);
    }
    Some(&path[..path.rfind(['.', '[']).unwrap_or(0)])
}

/// Says whether one of two paths is the other or holds it.
pub(super) fn related(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short)
        .is_some_and(|rest| rest.is_empty() || short.is_empty() || rest.starts_with(['.', '[']))
}
