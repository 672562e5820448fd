//! A list cut into pages, as ARM cuts every list.

use base64::Engine as _;
use serde_json::{Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::error::Refusal;

/// ARM's own page size for `/resources` and groups.
const PAGE: usize = 1_000;

/// Wraps a list, cut into pages by `$top` and `$skiptoken`.
///
/// What stands behind the page is not built: a subscription may hold thousands.
pub(crate) fn page(asked: &Asked, all: impl IntoIterator<Item = Value>) -> Result<Answer, Refusal> {
    let size = top(asked)?;
    let from = place(asked)?;
    let mut rest = all.into_iter().skip(from);
    let value: Vec<Value> = rest.by_ref().take(size).collect();
    let mut answer = json!({ "value": value });
    if rest.next().is_some() {
        let mut query: Vec<String> = asked
            .query
            .iter()
            .filter(|(name, _)| name != "$skiptoken")
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        query.push(format!("$skiptoken={}", token(from + size)));
        answer["nextLink"] = json!(format!("{}{}?{}", asked.endpoint, asked.path, query.join("&")));
    }
    Ok(Answer::ok(answer))
}

/// The size of a page: what `$top` says, a positive whole number, up to ARM's own.
fn top(asked: &Asked) -> Result<usize, Refusal> {
    let Some(said) = asked.parameter("$top") else { return Ok(PAGE) };
    let read = said.parse::<i32>().ok().and_then(|top| usize::try_from(top).ok());
    read.filter(|top| *top > 0).map(|top| top.min(PAGE)).ok_or_else(|| {
        bad(format!("The $top '{said}' specified in the query string is not a positive number."))
    })
}

/// Where a page begins.
fn place(asked: &Asked) -> Result<usize, Refusal> {
    let Some(said) = asked.parameter("$skiptoken") else { return Ok(0) };
    let read = TOKEN.decode(said).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = read.as_deref().and_then(|text| text.strip_prefix(MARK)?.parse().ok());
    place.ok_or_else(|| bad("The $skiptoken specified in the query string is invalid."))
}

/// A token for a place in a list: nothing that a client could count with, as with Azure.
fn token(place: usize) -> String {
    TOKEN.encode(format!("{MARK}{place}"))
}

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a token of ours begins with.
const MARK: &str = "simulated page from ";

/// What ARM says of a query it cannot read.
pub(crate) fn bad(message: impl Into<String>) -> Refusal {
    Refusal::arm(400, "BadRequest", message)
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let hex = |digit: u8| char::from(b"0123456789ABCDEF"[usize::from(digit)]);
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    out
}
