//! Azure Resource Graph: one question about all resources that the caller may read, over many
//! subscriptions, answered from tables.
//!
//! Request and answer follow the reference of `Microsoft.ResourceGraph/resources`
//! (learn.microsoft.com/rest/api/azureresourcegraph), the language the page "Understanding the
//! Azure Resource Graph query language" of the same documentation, as far as [`query`] reads it.
//! What the details of a refusal say is partly ours.

mod query;
mod run;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::body;
use super::error::{Refusal, not_allowed};
use super::provider::{Answer, catalog};
use super::world::World;

/// The type that is asked.
const KIND: &str = "Microsoft.ResourceGraph/resources";

/// The most rows of an answer (the page "Working with large Azure resource data sets").
const PAGE: usize = 1_000;

/// How long an answer takes in simulated milliseconds; chosen: a plain list takes as long.
const TAKES: u64 = 300;

/// Answers a question.
pub(crate) fn answer(world: &World, asked: &Asked) -> Result<Answer, Refusal> {
    catalog::check(KIND, &asked.api, "")?;
    if asked.method != "POST" {
        return Err(not_allowed(&asked.method, &asked.path));
    }
    let text = body::text(&asked.body, "/query").unwrap_or_default();
    let question = query::parse(text).map_err(|why| invalid(&why))?;
    let within = subscriptions(world, &asked.body)?;
    let rows = run::rows(world, &within, &question).map_err(|why| invalid(&why))?;
    let options = |name: &str| asked.body.pointer(&format!("/options/{name}"));
    let top = options("$top").and_then(Value::as_u64).and_then(|top| usize::try_from(top).ok());
    let from = place(options("$skipToken").and_then(Value::as_str))?;
    let (total, size) = (rows.len(), top.unwrap_or(PAGE).clamp(1, PAGE));
    let page: Vec<Map<String, Value>> =
        rows.into_iter().skip(from).take(size).map(run::Row::whole).collect();
    let next = from + page.len();
    // Without ids there is nothing to go on from.
    let goes_on = next < total && page.iter().all(|row| row.contains_key("id"));
    let mut answer = json!({
        "totalRecords": total, "count": page.len(), "data": page, "facets": [],
        "resultTruncated": if next < total && !goes_on { "true" } else { "false" },
    });
    if goes_on {
        answer["$skipToken"] = json!(TOKEN.encode(format!("{MARK}{next}")));
    }
    Ok(Answer::ok(answer).reading().taking(TAKES))
}

/// The subscriptions that are asked about: those named, else all that there are.
fn subscriptions(world: &World, asked: &Value) -> Result<Vec<String>, Refusal> {
    let all = world.subscriptions();
    let Some(named) = asked.get("subscriptions").and_then(Value::as_array) else { return Ok(all) };
    let named = named.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase);
    let known: Vec<String> =
        named.filter(|id| all.iter().any(|one| one.eq_ignore_ascii_case(id))).collect();
    if known.is_empty() {
        return Err(bad(
            "NoValidSubscriptionsInQueryRequest",
            "There must be at least one subscription that is eligible to contain resources.",
        ));
    }
    Ok(known)
}

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a token of ours begins with.
const MARK: &str = "simulated rows from ";

/// Where a page begins.
fn place(token: Option<&str>) -> Result<usize, Refusal> {
    let Some(token) = token else { return Ok(0) };
    let read = TOKEN.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = read.as_deref().and_then(|text| text.strip_prefix(MARK)?.parse().ok());
    place.ok_or_else(|| bad("InvalidSkipToken", "The skip token is not valid."))
}

fn invalid(why: &str) -> Refusal {
    let said = "Query is invalid. Please refer to the documentation for the Azure Resource Graph \
                service and fix the error before retrying.";
    bad("InvalidQuery", said).detail("ParserFailure", why)
}

fn bad(code: &str, why: &str) -> Refusal {
    let said = "Please provide below info when asking for support: timestamp, correlationId.";
    Refusal::arm(400, "BadRequest", said).detail(code, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_last_one_ended() {
        assert_eq!(place(None).unwrap(), 0);
        assert_eq!(place(Some(&TOKEN.encode(format!("{MARK}7")))).unwrap(), 7);
        assert!(place(Some("elsewhere")).is_err());
    }
}
