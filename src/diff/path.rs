//! Where a value stands in a document, and patterns over such places.
//!
//! A path is written `properties.agentPoolProfiles[system].count`: keys joined by dots, items of
//! a keyed list by their key, other items by their index, and a key that holds dots or brackets
//! in quotes. A pattern is written `properties.agentPoolProfiles[].count`: `[]` stands for every
//! item of a list, `*` for every key of an object.

use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A key of an object.
    Key(String),
    /// An item of a list: the value of its key, or its index.
    Item(String),
}

/// A place in a JSON document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Segment>);

impl Path {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    pub(crate) fn item(&self, item: impl fmt::Display) -> Self {
        self.with(Segment::Item(item.to_string()))
    }

    /// Returns the last key, if the path ends in one.
    pub(crate) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if key.contains(['.', '[', ']', '"']) => write!(f, "[{key:?}]")?,
                Segment::Key(key) if at == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

/// Tells whether `pattern` names exactly this place.
pub(crate) fn matches(pattern: &str, path: &Path) -> bool {
    walk(pattern, &path.0) == Some(0)
}

/// Returns the last key of a pattern that names a member of the object at this place.
pub(crate) fn member(pattern: &'static str, object: &Path) -> Option<&'static str> {
    match pattern.rsplit_once('.') {
        Some((parent, key)) => matches(parent, object).then_some(key),
        None => object.0.is_empty().then_some(pattern),
    }
}

/// Tells whether `pattern` names this place or one that holds it.
pub(crate) fn covers(pattern: &str, path: &Path) -> bool {
    walk(pattern, &path.0).is_some()
}

/// Returns how many segments of the path the pattern leaves over; `None` if it does not fit.
fn walk(pattern: &str, path: &[Segment]) -> Option<usize> {
    let mut at = path.iter();
    for part in pattern.split('.') {
        let (key, items) = match part.strip_suffix("[]") {
            Some(key) => (key, true),
            None => (part, false),
        };
        match at.next()? {
            Segment::Key(found) if key == "*" || found.eq_ignore_ascii_case(key) => {}
            _ => return None,
        }
        if items && !matches!(at.next()?, Segment::Item(_)) {
            return None;
        }
    }
    Some(at.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count() -> Path {
        Path::default().key("properties").key("agentPoolProfiles").item("system").key("count")
    }

    #[test]
    fn a_path_is_written_as_people_write_it() {
        assert_eq!(count().to_string(), "properties.agentPoolProfiles[system].count");
        let identity = Path::default().key("identity").key("a.b/c");
        assert_eq!(identity.to_string(), r#"identity["a.b/c"]"#);
    }

    #[test]
    fn a_pattern_names_every_item() {
        assert!(matches("properties.agentPoolProfiles[].count", &count()));
        assert!(matches("properties.*[].count", &count()));
        assert!(!matches("properties.agentPoolProfiles[]", &count()));
        assert!(!matches("properties.agentPoolProfiles.count", &count()));
        assert!(!matches("properties.agentPoolProfiles[].count.more", &count()));
    }

    #[test]
    fn a_pattern_covers_what_lies_below() {
        assert!(covers("properties.agentPoolProfiles", &count()));
        assert!(covers("properties.agentPoolProfiles[]", &count()));
        assert!(!covers("properties.networkProfile", &count()));
    }
}
