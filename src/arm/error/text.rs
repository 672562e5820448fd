//! The texts of Azure's errors, in whatever case and form they come, as they may be shown.

use serde_json::{Map, Value};

use crate::arm::redact;
use crate::visible::on_one_line;

/// Returns a field, ignoring the case of its name: `Code` and `code` both occur.
pub(super) fn field<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name)
        .or_else(|| {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

/// Returns a text that is safe to show; `OData`'s `{"value": …}` and numbers count as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(clean(text)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => text(map.get("value")?),
        _ => None,
    }
}

/// The longest message kept, in characters; chosen, because HTML pages of front ends run to
/// hundreds of kilobytes and nobody reads them.
pub(super) const LONGEST_MESSAGE: usize = 4000;

/// Returns `text` on one line, without the characters that move a terminal's cursor, change its
/// colours or turn the direction of writing, without secrets, and no longer than anybody reads.
pub fn clean(text: &str) -> String {
    let whole = redact::prose(&on_one_line(text.trim()));
    match whole.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => whole[..end].to_owned(),
        None => whole,
    }
}
