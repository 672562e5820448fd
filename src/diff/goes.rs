//! Fields that exclude each other: what goes away because another place no longer wants it.
//!
//! "What the wish does not name stays" breaks where Azure takes one field only beside a certain
//! value of another: a load balancer's settings with `outboundType: loadBalancer`, an autoscaler's
//! bounds while it is on. Carried along from what was read, they make Azure answer 400, sometimes
//! after an earlier step has already changed the network.

use serde_json::{Map, Value};

use super::path::{Path, member};
use super::rule::{Rule, When};

/// Takes out of a settled object what goes with this move.
///
/// Only a move takes something away: what Azure keeps beside a value that has long been there
/// (`backendPoolType` under `managedNATGateway`, all recordings) is its own and no difference.
pub(super) fn settle(
    rules: &[Rule],
    path: &Path,
    (o, d): (&Map<String, Value>, &Map<String, Value>),
    settled: &mut Map<String, Value>,
) {
    for (name, when) in going(rules, path) {
        let sibling = when.sibling();
        let is_wished = d.get(name).is_some_and(|wish| !says_nothing(wish));
        let moved = o.get(sibling) != settled.get(sibling);
        let holds = match when {
            When::Named(_) => d.get(sibling).is_some_and(|wish| !says_nothing(wish)),
            when => reads(when, settled.get(sibling)),
        };
        if holds && moved && !is_wished {
            settled.remove(name);
        }
    }
}

/// Tells whether a member is not sent: what Azure shows of its own there it does not take back.
pub(super) fn is_unsent(
    rules: &[Rule],
    path: &Path,
    name: &str,
    members: &Map<String, Value>,
) -> bool {
    going(rules, path).any(|(goes, when)| goes == name && reads(when, members.get(when.sibling())))
}

fn going<'r>(
    rules: &'r [Rule],
    path: &'r Path,
) -> impl Iterator<Item = (&'static str, When)> + use<'r> {
    rules.iter().filter_map(|rule| match rule {
        Rule::Goes(at, when) => member(at, path).map(|name| (name, *when)),
        _ => None,
    })
}

fn reads(when: When, sibling: Option<&Value>) -> bool {
    let is = |word: &str| match sibling {
        Some(Value::String(text)) => text.eq_ignore_ascii_case(word),
        Some(Value::Bool(flag)) => flag.to_string() == *word,
        _ => false,
    };
    let stands = sibling.is_some_and(|value| !value.is_null());
    match when {
        When::Reads(_, words) => words.iter().any(|word| is(word)),
        When::Other(_, words) => stands && !words.iter().any(|word| is(word)),
        When::Unless(_, word) => !is(word),
        When::Named(_) => false,
    }
}

fn says_nothing(wish: &Value) -> bool {
    match wish {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
