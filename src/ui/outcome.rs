//! How a run ended, as text one can paste into a ticket.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;

use super::screen::{Screen, Volume};
use super::style::{BAD, CHANGE, FAINT, GOOD, HINT, STRONG, paint};
use super::words::{clean, count, duration, kind, list, name, title_of, wrap};
use crate::arm::id::ResourceId;
use crate::event::{Ending, Failure, Outcome};

/// Says how one environment's run ended: success is a result, trouble is told in any case, and what
/// one may want to do now is talk. That nothing was to be done was said with the plan.
pub fn show(screen: &Screen, environment: &str, outcome: &Outcome, next: &[String]) {
    let columns = match outcome.result {
        Ending::Succeeded | Ending::NothingToDo => screen.columns(),
        Ending::Failed | Ending::Refused | Ending::Interrupted => screen.talk_columns(),
    };
    let text = draw(environment, outcome, columns);
    match outcome.result {
        Ending::NothingToDo => {}
        Ending::Succeeded => screen.data(below(screen, &text)),
        Ending::Failed | Ending::Refused | Ending::Interrupted => {
            screen.insist(below(screen, &text));
        }
    }
    for line in next {
        screen.talk(&offered(line, screen.talk_columns()));
    }
}

/// Returns a command that one may want now; what it does stands below it where both are too long for a
/// line.
fn offered(line: &str, columns: Option<usize>) -> String {
    let line = clean(line);
    let fits = columns.is_none_or(|columns| "next: ".len() + line.chars().count() <= columns);
    let line = match line.split_once("   ").filter(|_| !fits) {
        Some((command, what)) => {
            format!("{command}\n{}", wrap(&format!("        {}", what.trim()), columns, 8))
        }
        None => line,
    };
    format!("{} {line}\n", paint(HINT, "next:"))
}

/// Says how a fleet's run ended, below its environments.
pub fn show_fleet(screen: &Screen, environments: usize, whole: &Outcome) {
    let text = fleet(environments, whole);
    if whole.result == Ending::Succeeded {
        screen.data(below(screen, &text));
    } else {
        screen.talk(&text);
    }
}

/// Returns a text without the empty line above it where nothing was said before.
fn below<'a>(screen: &Screen, text: &'a str) -> &'a str {
    if screen.says(Volume::Normal) { text } else { text.trim_start_matches('\n') }
}

/// Draws the end of one environment's run.
fn draw(environment: &str, outcome: &Outcome, columns: Option<usize>) -> String {
    let mut out = format!("\n{}\n", headline(environment, outcome));
    for failure in &outcome.failed {
        draw_failure(&mut out, failure, outcome, columns);
    }
    draw_list(&mut out, "Azure goes on with:", &outcome.still_running, outcome);
    draw_list(&mut out, "not tried:", &outcome.not_tried, outcome);
    out
}

/// Returns what an id is and its title, as the plan had them.
fn titled(id: &ResourceId, outcome: &Outcome) -> String {
    format!("{} {}", kind(&id.resource_type()), title_of(id, outcome.rights.get(id)))
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
    let style = colour(outcome.result).bold();
    let environment = paint(STRONG, &clean(environment));
    let mut text = format!("{environment}: {}", paint(style, word(outcome.result)));
    let changes = changes(outcome);
    if !changes.is_empty() {
        let _ = write!(text, ", {changes}");
    }
    let _ = write!(text, " in {took}.");
    text
}

/// Returns the word for how a run ended.
pub(super) const fn word(result: Ending) -> &'static str {
    match result {
        Ending::Succeeded => "done",
        Ending::NothingToDo => "nothing to do",
        Ending::Failed => "failed",
        Ending::Refused => "refused",
        Ending::Interrupted => "interrupted",
    }
}

/// Returns the colour of how a run ended.
pub(super) const fn colour(result: Ending) -> Style {
    match result {
        Ending::Succeeded | Ending::NothingToDo => GOOD,
        Ending::Failed | Ending::Refused => BAD,
        Ending::Interrupted => CHANGE,
    }
}

/// Returns what changed in words: `9 created and 1 updated`.
pub(super) fn changes(outcome: &Outcome) -> String {
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

fn draw_list(out: &mut String, title: &str, ids: &[ResourceId], outcome: &Outcome) {
    if !ids.is_empty() {
        let _ = writeln!(out, "  {}", paint(STRONG, title));
    }
    for id in ids {
        let _ = writeln!(out, "    {}", titled(id, outcome));
    }
}

fn draw_failure(out: &mut String, failure: &Failure, outcome: &Outcome, columns: Option<usize>) {
    let title = titled(&failure.id, outcome);
    let _ = writeln!(out, "  {} {}", paint(BAD, "✗"), paint(STRONG, &title));
    let id = clean(failure.id.as_str());
    let said = said(failure, &id);
    let _ = writeln!(out, "{}", wrap(&format!("    {said}"), columns, 4));
    if !said.contains(&id) {
        let _ = writeln!(out, "    {}", paint(FAINT, &id));
    }
    if let Some(request) = &failure.request_id {
        let _ = writeln!(out, "    request id {}", clean(request));
    }
    if let Some(hint) = &failure.hint {
        let hint = format!("    {} {}", paint(HINT, "hint:"), clean(&hint.to_string()));
        let _ = writeln!(out, "{}", wrap(&hint, columns, 10));
    }
}

/// Returns code and message, the code once; the request by the name of its resource, as the id
/// stands below.
fn said(failure: &Failure, id: &str) -> String {
    let (code, message) = (clean(&failure.code), clean(&failure.message));
    let message = message.replacen(id, &name(id), 1);
    if message.contains(&format!("`{code}`")) { message } else { format!("{code}: {message}") }
}

/// Returns the line below several environments' outcomes.
fn fleet(environments: usize, outcome: &Outcome) -> String {
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
            hint: Some("choose another `vmSize`".into()),
        };
        let outcome = Outcome {
            created: vec![group],
            failed: vec![failure],
            not_tried: vec![cluster.child("agentPools", "system")],
            seconds: 312.0,
            ..Outcome::empty(Ending::Failed)
        };
        let text = draw("demo", &outcome, None);
        let text = anstream::adapter::strip_str(&text).to_string();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_a_command_does_stands_below_it_where_the_line_is_short() {
        let line = "akstool down demo   takes it all away again";
        let said = |columns| anstream::adapter::strip_str(&offered(line, columns)).to_string();
        assert_eq!(said(None), format!("next: {line}\n"));
        assert_eq!(said(Some(80)), format!("next: {line}\n"));
        let below = "next: akstool down demo\n        takes it all away\n        again\n";
        assert_eq!(said(Some(26)), below);
    }

    #[test]
    fn a_failure_shows_its_id_and_its_code_once() {
        let id =
            ResourceId::resource_group("s", "demo").resource("Microsoft.Network/routeTables", "r");
        let fault = format!("403 `ScopeLocked`: the scope '{id}' is locked");
        for (message, own) in [
            (
                format!("PUT {id} was refused with {fault}"),
                "PUT r was refused with 403 `ScopeLocked`",
            ),
            (format!("PUT {id} was refused with 403 `ScopeLocked`: it is locked"), "PUT r was"),
            ("not done in time".to_owned(), "ScopeLocked: not done in time"),
        ] {
            let mut out = String::new();
            let code = "ScopeLocked".to_owned();
            let failure = Failure { id: id.clone(), code, message, request_id: None, hint: None };
            draw_failure(&mut out, &failure, &Outcome::empty(Ending::Failed), None);
            assert!(out.contains(own), "{out}");
            assert_eq!(out.matches(id.as_str()).count(), 1, "{out}");
            assert_eq!(out.matches("ScopeLocked").count(), 1, "{out}");
        }
    }
}
