//! How a run ended, as text one can paste into a ticket.

use std::fmt::Write as _;
use std::time::Duration;

use super::style::{BAD, CHANGE, FAINT, GOOD, HINT, STRONG, paint};
use super::words::{clean, count, duration, kind, list, name};
use crate::arm::id::ResourceId;
use crate::event::{Ending, Failure, Outcome};

/// Draws the end of one environment's run; `next` is what one may want to do now.
pub fn draw(environment: &str, outcome: &Outcome, next: &[String]) -> String {
    let mut out = format!("\n{}\n", headline(environment, outcome));
    for failure in &outcome.failed {
        draw_failure(&mut out, failure);
    }
    draw_list(&mut out, "Azure goes on with:", &outcome.still_running);
    draw_list(&mut out, "not tried:", &outcome.not_tried);
    for line in next {
        let _ = writeln!(out, "{} {}", paint(HINT, "next:"), clean(line));
    }
    out
}

/// Draws how many requests a run took; for `--verbose`.
pub fn requests(outcome: &Outcome) -> String {
    let sent = outcome.requests;
    let text = format!(
        "requests: {} read, {} written, {} polled; {} of them sent again",
        sent.read, sent.write, sent.poll, sent.retried
    );
    format!("{}\n", paint(FAINT, &text))
}

fn headline(environment: &str, outcome: &Outcome) -> String {
    let took = duration(Duration::try_from_secs_f64(outcome.seconds).unwrap_or_default());
    let (style, word) = match outcome.result {
        Ending::Succeeded => (GOOD, "done"),
        Ending::NothingToDo => (GOOD, "nothing to do"),
        Ending::Failed => (BAD, "failed"),
        Ending::Refused => (BAD, "refused"),
        Ending::Interrupted => (CHANGE, "interrupted"),
    };
    let environment = paint(STRONG, &clean(environment));
    let mut text = format!("{environment}: {}", paint(style.bold(), word));
    let changes = changes(outcome);
    if !changes.is_empty() {
        let _ = write!(text, ", {changes}");
    }
    let _ = write!(text, " in {took}.");
    text
}

/// Returns what changed in words: `9 created and 1 updated`.
fn changes(outcome: &Outcome) -> String {
    let parts = [
        (outcome.created.len(), "created"),
        (outcome.updated.len(), "updated"),
        (outcome.replaced.len(), "replaced"),
        (outcome.deleted.len(), "deleted"),
        (outcome.failed.len(), "failed"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    list(&said)
}

fn draw_list(out: &mut String, title: &str, ids: &[ResourceId]) {
    if !ids.is_empty() {
        let _ = writeln!(out, "  {}", paint(STRONG, title));
    }
    for id in ids {
        let _ = writeln!(out, "    {} {}", kind(&id.resource_type()), name(id.as_str()));
    }
}

fn draw_failure(out: &mut String, failure: &Failure) {
    let title = format!("{} {}", kind(&failure.id.resource_type()), name(failure.id.as_str()));
    let _ = writeln!(out, "  {} {}", paint(BAD, "✗"), paint(STRONG, &title));
    let _ = writeln!(out, "    {}: {}", clean(&failure.code), clean(&failure.message));
    let _ = writeln!(out, "    {}", paint(FAINT, &clean(failure.id.as_str())));
    if let Some(request) = &failure.request_id {
        let _ = writeln!(out, "    request id {}", clean(request));
    }
    if let Some(hint) = &failure.hint {
        let _ = writeln!(out, "    {} {}", paint(HINT, "hint:"), clean(hint));
    }
}

/// Returns the line below several environments' outcomes.
pub fn fleet(environments: usize, outcome: &Outcome) -> String {
    let took = duration(Duration::try_from_secs_f64(outcome.seconds).unwrap_or_default());
    let changes = changes(outcome);
    let changes = if changes.is_empty() { "nothing changed".to_owned() } else { changes };
    format!("\n{}: {changes} in {took}.\n", count(environments, "environment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_can_be_pasted_into_a_ticket() {
        let group = ResourceId::resource_group("s", "demo");
        let cluster = group.resource("Microsoft.ContainerService/managedClusters", "demo");
        let failure = Failure {
            id: cluster.clone(),
            code: "SkuNotAvailable".to_owned(),
            message: "no such size \u{1b}[31mhere".to_owned(),
            request_id: Some("0d6e2c1a".to_owned()),
            hint: Some("choose another `vmSize`".to_owned()),
        };
        let outcome = Outcome {
            created: vec![group],
            failed: vec![failure],
            not_tried: vec![cluster.child("agentPools", "system")],
            seconds: 312.0,
            ..Outcome::empty(Ending::Failed)
        };
        let text = draw("demo", &outcome, &["akstool up demo.yaml".to_owned()]);
        let text = anstream::adapter::strip_str(&text).to_string();
        insta::assert_snapshot!(text);
    }
}
