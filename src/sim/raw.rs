//! JSON that stays text: what is stored is copied into an answer, field by field, and not read.
//!
//! A value of a cluster's size is some hundred allocations to read and as many to drop, which is
//! most of what a GET costs; here only the objects that change are taken apart, and their fields
//! are pieces of the stored text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, each as its text, in the order they are written in.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    /// Takes an object apart; `None` when the text is none, or names a field with an escape.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|field| field.0 == name).map(|field| field.1)
    }

    /// Writes a field anew, where it stood or in its place by name.
    pub(crate) fn set(&mut self, name: &'a str, text: &'a str) {
        match self.0.binary_search_by(|field| field.0.cmp(name)) {
            Ok(at) => self.0[at].1 = text,
            Err(at) => self.0.insert(at, (name, text)),
        }
    }

    /// Writes the object without what stands at the pointers of `hidden`.
    pub(crate) fn write(&self, out: &mut String, hidden: &[&str]) {
        out.push('{');
        let mut first = true;
        for (name, text) in &self.0 {
            let below: Vec<&str> = hidden.iter().filter_map(|at| under(at, name)).collect();
            if below.contains(&"") {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
            // Taken apart only where something in it is hidden.
            let inner = if below.is_empty() { None } else { Fields::of(text) };
            match inner {
                Some(inner) => inner.write(out, &below),
                None => out.push_str(text),
            }
        }
        out.push('}');
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::with_capacity(64);
        while let Some((name, value)) = map.next_entry::<&str, &RawValue>()? {
            fields.push((name, value.get()));
        }
        Ok(Fields(fields))
    }
}

/// What is left of a pointer below a field; nothing when it leads elsewhere.
fn under<'a>(pointer: &'a str, field: &str) -> Option<&'a str> {
    let rest = pointer.strip_prefix('/')?.strip_prefix(field)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_left_out_and_the_rest_copied() {
        let text = r#"{"a":{"b":1,"c":{"d":"x\ny"}},"ab":[{"a":2}],"e":null}"#;
        let shown = |hidden: &[&str]| {
            let mut out = String::new();
            Fields::of(text).unwrap().write(&mut out, hidden);
            out
        };
        assert_eq!(shown(&[]), text);
        assert_eq!(shown(&["/a", "/e"]), r#"{"ab":[{"a":2}]}"#);
        let shown = shown(&["/a/c/d", "/ab/a", "/e/f", "/g"]);
        assert_eq!(shown, r#"{"a":{"b":1,"c":{}},"ab":[{"a":2}],"e":null}"#);
        assert!(Fields::of("[1]").is_none());
    }

    #[test]
    fn a_field_that_is_set_stands_where_its_name_belongs() {
        let mut fields = Fields::of(r#"{"a":1,"c":3}"#).unwrap();
        fields.set("b", "2");
        fields.set("c", "[4]");
        let mut out = String::new();
        fields.write(&mut out, &[]);
        assert_eq!((out.as_str(), fields.get("b")), (r#"{"a":1,"b":2,"c":[4]}"#, Some("2")));
    }
}
