//! Plans and outcomes as tables of Markdown, for the page of a run.

use std::fmt::Write as _;
use std::time::Duration;

use crate::event::Outcome;
use crate::plan::{Action, Plan, Step};
use crate::ui::markdown::{heads, row, text};
use crate::ui::outcome::{changes, word};
use crate::ui::plan::{cost, delta_words, totals};
use crate::ui::words::{count, duration, kind, name, title};

/// Differences of a resource that stand in its row; chosen: more make a table nobody reads.
const DELTAS: usize = 4;

/// Returns the plans of a run: one resource by resource, several as a table of environments.
pub(super) fn plans(plans: &[Plan]) -> String {
    match plans {
        [] => String::new(),
        [plan] => one(plan),
        many => table(many),
    }
}

fn one(plan: &Plan) -> String {
    let environment = text(&plan.environment);
    if plan.is_empty() && plan.refusals.is_empty() {
        return format!("### akstool: {environment}: nothing to do\n\n");
    }
    let mut out = format!("### akstool: plan for {environment}\n\n");
    let changed = plan.steps.iter().map(|(_, step)| step);
    let changed: Vec<&Step> = changed.filter(|step| step.action != Action::Keep).collect();
    if !changed.is_empty() {
        out.push_str(&heads(&["Action", "Resource", "Name", "What differs"]));
    }
    for step in changed {
        let verb = text(&format!("{} {}", step.action.symbol(), step.action.verb()));
        out.push_str(&row(&[verb, text(&kind(&step.kind)), text(&title(step)), differs(step)]));
    }
    let _ = write!(out, "\n{}\n\n", text(&totals(plan)));
    out.push_str(&refusals(plan));
    out
}

fn differs(step: &Step) -> String {
    let mut parts: Vec<String> = step.deltas.iter().take(DELTAS).map(delta_words).collect();
    if step.deltas.len() > DELTAS {
        parts.push(format!("{} more", step.deltas.len() - DELTAS));
    }
    parts.extend(cost(step));
    let parts: Vec<String> = parts.iter().map(|part| text(part)).collect();
    parts.join("<br>")
}

fn refusals(plan: &Plan) -> String {
    let mut out = String::new();
    for refusal in &plan.refusals {
        let _ = write!(out, "**refused:** {}\n\n", text(&refusal.sentence()));
    }
    out
}

fn table(plans: &[Plan]) -> String {
    let mut out = format!("### akstool: plan for {}\n\n", count(plans.len(), "environment"));
    out.push_str(&heads(&[
        "Environment",
        "create",
        "update",
        "replace",
        "delete",
        "wait for",
        "as it should be",
    ]));
    for plan in plans {
        let sum = plan.summary();
        let numbers = [sum.create, sum.update, sum.replace, sum.delete, sum.wait, sum.keep];
        let mut cells = vec![text(&plan.environment)];
        cells.extend(numbers.iter().map(usize::to_string));
        out.push_str(&row(&cells));
    }
    out.push('\n');
    out.extend(plans.iter().map(refusals));
    out
}

/// Returns how a run ended.
pub(super) fn outcomes(each: &[(&str, &Outcome)], whole: &Outcome) -> String {
    let took = duration(Duration::try_from_secs_f64(whole.seconds).unwrap_or_default());
    let mut out = match each {
        [(environment, _)] => format!("### akstool: {}", text(environment)),
        many => format!("### akstool: {}", count(many.len(), "environment")),
    };
    let _ = write!(out, ": {} in {took}\n\n", word(whole.result));
    if each.len() > 1 {
        out.push_str(&heads(&["Environment", "Result", "What happened"]));
        for (environment, outcome) in each {
            let cells = [text(environment), word(outcome.result).to_owned(), changes(outcome)];
            out.push_str(&row(&cells));
        }
        out.push('\n');
    } else if !changes(whole).is_empty() {
        let _ = write!(out, "{}.\n\n", changes(whole));
    }
    out.push_str(&failures(whole));
    let lists = [("Azure goes on with", &whole.still_running), ("Not tried", &whole.not_tried)];
    for (said, ids) in lists.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let _ = write!(out, "{said}:\n\n");
        for id in ids {
            let resource = format!("{} {}", kind(&id.resource_type()), name(id.as_str()));
            let _ = writeln!(out, "- {}", text(&resource));
        }
        out.push('\n');
    }
    out
}

fn failures(whole: &Outcome) -> String {
    if whole.failed.is_empty() {
        return String::new();
    }
    let mut out = heads(&["Failed", "Code", "Message", "Request id", "What to do"]);
    for failure in &whole.failed {
        let id = &failure.id;
        let resource = format!("{} {}", kind(&id.resource_type()), name(id.as_str()));
        let said = |said: Option<&str>| said.map(text).unwrap_or_default();
        let hint = failure.hint.as_ref().map(ToString::to_string);
        out.push_str(&row(&[
            text(&resource),
            text(&failure.code),
            text(&failure.message),
            said(failure.request_id.as_deref()),
            said(hint.as_deref()),
        ]));
    }
    out.push('\n');
    out
}

/// Returns that a run ended before it began.
pub(super) fn stopped(what: &str) -> String {
    format!("### akstool: {}\n\n", text(what))
}
