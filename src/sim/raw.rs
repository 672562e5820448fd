//! JSON that stays text: what is stored is copied into an answer, field by field, and not read.
//!
//! A value of a cluster's size is some hundred allocations to read and as many to drop, which is
//! most of what a GET costs; here only the objects that change are taken apart, and their fields
//! are pieces of the stored text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The fields of an object, each as its text; `None` when the text is no object, or names a field
/// with an escape.
pub(crate) fn fields(text: &str) -> Option<BTreeMap<&str, &str>> {
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(text).ok()?;
    Some(fields.into_iter().map(|(name, value)| (name, value.get())).collect())
}

/// Writes an object without what stands at the pointers of `hidden`.
pub(crate) fn write(out: &mut String, fields: &BTreeMap<&str, &str>, hidden: &[&str]) {
    out.push('{');
    let mut first = true;
    for (name, text) in fields {
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
        match self::fields(text).filter(|_| !below.is_empty()) {
            Some(inner) => write(out, &inner, &below),
            None => out.push_str(text),
        }
    }
    out.push('}');
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
            write(&mut out, &fields(text).unwrap(), hidden);
            out
        };
        assert_eq!(shown(&[]), text);
        assert_eq!(shown(&["/a", "/e"]), r#"{"ab":[{"a":2}]}"#);
        let shown = shown(&["/a/c/d", "/ab/a", "/e/f", "/g"]);
        assert_eq!(shown, r#"{"a":{"b":1,"c":{}},"ab":[{"a":2}],"e":null}"#);
        assert!(fields("[1]").is_none());
    }
}
