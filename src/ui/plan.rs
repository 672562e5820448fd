//! A plan as people read it: one line per resource, what differs below it, what it costs in words.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::blanks::Blanks;
use super::list::grid;
use super::style::{BAD, CHANGE, FAINT, HINT, STRONG, of, paint};
use super::words::{clean, count, duration, is_right, kind, list, name, pad, title, wrap};
use crate::advice::Advice;
use crate::arm::id::ResourceId;
use crate::plan::{
    Action, Call, Cost, Delta, Estimate, Later, Plan, Reason, Step, Summary, shown, shown_at,
    together,
};

/// Kept resources listed one by one; chosen: more push what changes off the screen.
const KEPT_SHOWN: usize = 30;

/// Notes shown on what a change means; chosen: more are not read.
const ADVICE_SHOWN: usize = 8;

/// Notes shown on the profile as such.
const BACKGROUND_SHOWN: usize = 3;

/// Values longer than this stand on a line of their own; chosen: half a line of 100 columns.
const SHORT_VALUE: usize = 48;

/// How a plan is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Columns to stay within where that is possible; `None` for as long as lines are.
    pub columns: Option<usize>,
    /// Whether every reason and every value of new resources is shown.
    pub all: bool,
    /// Whether notes are shown.
    pub notes: bool,
    /// What fills the commands of notes and hints.
    pub blanks: &'a Blanks,
}

/// Draws a plan, totals, advice and refusals included; the last character is a line break.
pub fn draw(plan: &Plan, look: Look<'_>) -> String {
    let mut out = format!("{}\n\n", headline(plan));
    let widths = Widths::of(plan);
    let kept = plan.summary().keep;
    for (_, step) in plan.steps.iter() {
        if plan.is_missing(step) {
            draw_missing(&mut out, step, &widths);
        } else if step.action != Action::Keep || look.all || kept <= KEPT_SHOWN {
            draw_step(&mut out, step, (&widths, plan.group.as_ref()), look);
        }
    }
    if kept > KEPT_SHOWN && !look.all {
        let more = format!("  = {} as they should be", count(kept, "resource"));
        let _ = writeln!(out, "{}", paint(FAINT, &more));
    }
    let _ = write!(out, "\n{}\n", totals(plan));
    out.push_str(&refusals(plan, look));
    notes(&mut out, plan.attention.iter(), look);
    // What is said of the profile as such has nothing to do with most changes.
    let background: &[Advice] = if look.all || (plan.refusals.is_empty() && concerns_profile(plan))
    {
        &plan.background
    } else {
        &[]
    };
    let few =
        |notes: &[Advice], most: usize| if look.all { notes.len() } else { most.min(notes.len()) };
    let advice = &plan.advice[..few(&plan.advice, ADVICE_SHOWN)];
    let behind = &background[..few(background, BACKGROUND_SHOWN)];
    notes(&mut out, advice.iter().chain(behind), look);
    let hidden = plan.advice.len() + background.len() - advice.len() - behind.len();
    if look.notes && hidden > 0 {
        let more = format!("and {}: `-v` shows all", count(hidden, "more note"));
        let _ = writeln!(out, "{}", paint(FAINT, &more));
    }
    out
}

/// Returns the sentence of a plan that has nothing to do, and what must be seen all the same: what
/// of ours stays on account of others would else be taken for gone.
pub fn nothing(plan: &Plan, look: Look<'_>) -> String {
    let mut out = format!("{}: nothing to do.\n", paint(STRONG, &clean(&plan.environment)));
    let stays =
        |reason: &Reason| matches!(reason, Reason::HoldsForeign { .. } | Reason::UsedBy { .. });
    for (_, step) in plan.steps.iter().filter(|(_, step)| step.reasons.iter().any(stays)) {
        draw_step(&mut out, step, (&Widths::of(plan), plan.group.as_ref()), look);
    }
    notes(&mut out, plan.attention.iter(), look);
    out
}

fn notes<'a>(out: &mut String, notes: impl Iterator<Item = &'a Advice>, look: Look<'_>) {
    for said in notes.filter(|_| look.notes) {
        let note =
            format!("{} {}", paint(HINT, "note:"), clean(&look.blanks.fill(said).to_string()));
        let _ = writeln!(out, "{}", wrap(&note, look.columns, 6));
    }
}

/// Tells whether something is made, or the network changes.
fn concerns_profile(plan: &Plan) -> bool {
    let of_network = |step: &Step, delta: &Delta| {
        let is_network = step.kind.starts_with("Microsoft.Network/");
        (is_network && !delta.path.starts_with("tags")) || delta.path.contains("networkProfile")
    };
    plan.steps.iter().any(|(_, step)| match step.action {
        Action::Create | Action::Replace => true,
        Action::Update => step.deltas.iter().any(|delta| of_network(step, delta)),
        Action::Keep | Action::Wait | Action::Delete => false,
    })
}

/// Returns what the guards refuse, each with what to do next.
pub fn refusals(plan: &Plan, look: Look<'_>) -> String {
    let mut out = String::new();
    for refusal in &plan.refusals {
        let said = format!("{} {}.", paint(BAD.bold(), "refused:"), clean(&refusal.sentence()));
        let hint = look.blanks.fill(&refusal.hint());
        let hint = format!("  {} {}.", paint(HINT, "hint:"), clean(&hint.to_string()));
        let columns = look.columns;
        let _ = writeln!(out, "{}\n{}", wrap(&said, columns, 9), wrap(&hint, columns, 8));
    }
    out
}

fn headline(plan: &Plan) -> String {
    let environment = paint(STRONG, &clean(&plan.environment));
    if plan.is_empty() && plan.refusals.is_empty() {
        return format!("{environment}: nothing to do.");
    }
    format!("Plan for {environment}:")
}

/// Returns the sentence about a fleet as a whole, if several environments have something to do:
/// each begins at its time at the earliest, and at most so many are under way.
pub fn fleet(plans: &[Plan], starts: &[Duration], most: Option<usize>) -> Option<String> {
    let each = plans.iter().zip(starts.iter().copied());
    let busy: Vec<(&Plan, Duration)> = each.filter(|(plan, _)| !plan.is_empty()).collect();
    let time = together(busy.iter().copied(), most.unwrap_or(usize::MAX));
    if busy.len() < 2 || time.as_secs() < 60 {
        return None;
    }
    let environments = count(busy.len(), "environment");
    let ceiling = most.filter(|most| busy.len() > *most);
    let at_once = ceiling.map(|most| format!(", {most} at once")).unwrap_or_default();
    Some(format!("\n{environments}{at_once}: this takes about {} in all.\n", minutes(time)))
}

/// Draws many plans: a line an environment, and below it what a reader must see of any.
pub fn table(plans: &[Plan], look: Look<'_>) -> String {
    let heads = ["ENVIRONMENT", "CREATE", "UPDATE", "REPLACE", "DELETE", "WAIT", "KEEP", "TAKES"];
    let number = |count: usize| if count == 0 { String::new() } else { count.to_string() };
    let rows: Vec<Vec<String>> = plans
        .iter()
        .map(|plan| {
            let sum = plan.summary();
            let counts = [sum.create, sum.update, sum.replace, sum.delete, sum.wait, sum.keep];
            let time = Estimate::of(plan).total();
            let time = if time.as_secs() < 60 { String::new() } else { minutes(time) };
            let mut row = vec![paint(STRONG, &clean(&plan.environment))];
            row.extend(counts.map(number));
            row.push(time);
            row
        })
        .collect();
    let mut out = grid(&heads, &rows, look.columns);
    for plan in plans {
        let said = refusals(plan, look);
        if !said.is_empty() || !plan.attention.is_empty() {
            let _ = write!(out, "\n{}:\n{said}", paint(STRONG, &clean(&plan.environment)));
            notes(&mut out, plan.attention.iter(), look);
        }
    }
    out
}

/// Returns a time as one says it about the future: in whole minutes.
fn minutes(time: Duration) -> String {
    duration(Duration::from_secs(time.as_secs().div_ceil(60) * 60))
}

/// Returns the sentence that counts the steps, with the time they take as a rule.
pub fn totals(plan: &Plan) -> String {
    let summary = plan.summary();
    let mut parts = Vec::new();
    for (number, what) in parts_of(&summary) {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let mut out = format!("{}.", list(&parts));
    let time = Estimate::of(plan).total();
    if time.as_secs() >= 60 && plan.refusals.is_empty() {
        let _ = write!(out, " This takes about {}.", minutes(time));
    }
    out
}

fn parts_of(summary: &Summary) -> [(usize, &'static str); 6] {
    [
        (summary.create, "to create"),
        (summary.update, "to update"),
        (summary.replace, "to replace"),
        (summary.delete, "to delete"),
        (summary.wait, "to wait for"),
        (summary.keep, "as they should be"),
    ]
}

/// The widths of the two columns of words.
struct Widths {
    kind: usize,
    name: usize,
}

impl Widths {
    fn of(plan: &Plan) -> Self {
        // What a grant says would push the words of all others away.
        let is_short = |step: &Step| !is_right(step);
        let widest = |text: fn(&Step) -> String| {
            let steps = plan.steps.iter().map(|(_, step)| step).filter(|step| is_short(step));
            steps.map(|step| text(step).chars().count()).max().unwrap_or_default()
        };
        let kinds = plan.steps.iter().map(|(_, step)| kind(&step.kind).chars().count());
        let kinds = kinds.max().unwrap_or_default();
        Self { kind: kinds.min(24), name: widest(|step| name(step.id.as_str())).min(40) }
    }
}

/// Draws what the profile names as existing and that does not exist.
fn draw_missing(out: &mut String, step: &Step, widths: &Widths) {
    let words = pad(&kind(&step.kind), widths.kind);
    let title = pad(&title(step), widths.name);
    let reason = paint(FAINT, &Reason::Absent.sentence());
    let _ = writeln!(out, "  {} {words}  {title}  {reason}", paint(BAD, "!"));
}

type Frame<'a> = (&'a Widths, Option<&'a ResourceId>);

fn draw_step(out: &mut String, step: &Step, (widths, group): Frame<'_>, look: Look<'_>) {
    let style = of(step.action);
    let words = pad(&kind(&step.kind), widths.kind);
    let title = title(step);
    let mut tail = Vec::new();
    let elsewhere = group.filter(|home| step.id.group().is_some_and(|group| group != **home));
    tail.extend(
        elsewhere
            .and_then(|_| step.id.group_name())
            .map(|group| paint(FAINT, &format!("in {}", clean(group)))),
    );
    tail.extend(cost(step).map(|cost| paint(CHANGE, &cost)));
    let reasons = reasons(step, look.all);
    let short = reasons.len() == 1 && reasons[0].chars().count() < SHORT_VALUE;
    if short {
        tail.push(paint(FAINT, &clean(&reasons[0])));
    }
    let room = look.columns.unwrap_or(usize::MAX);
    let inline = inline_delta(step, room.saturating_sub(widths.kind + widths.name + 10));
    let beside = inline.iter().chain(&tail).map(|part| 2 + console::measure_text_width(part));
    let fits = widths.kind + widths.name + 6 + beside.sum::<usize>() <= room;
    let below = if fits { Vec::new() } else { std::mem::take(&mut tail) };
    let title = if tail.is_empty() && inline.is_none() { title } else { pad(&title, widths.name) };
    let mut line = format!("  {} {words}  {title}", paint(style, step.action.symbol()));
    if step.action == Action::Keep {
        line = paint(FAINT, &format!("  = {words}  {title}"));
    }
    for part in inline.iter().chain(&tail) {
        let _ = write!(line, "  {part}");
    }
    let _ = writeln!(out, "{}", wrap(line.trim_end(), look.columns, widths.kind + 6));
    for part in &below {
        let _ = writeln!(out, "{}", wrap(&format!("      {part}"), look.columns, 6));
    }
    if inline.is_none() {
        for delta in &step.deltas {
            draw_delta(out, delta, room);
        }
    }
    if !short {
        for reason in &reasons {
            let reason = wrap(&format!("      {}", clean(reason)), look.columns, 6);
            let _ = writeln!(out, "{}", paint(FAINT, &reason));
        }
    }
    if look.all {
        draw_body(out, step);
    }
}

/// Returns the only delta of a step where it is short enough to stand behind the name.
fn inline_delta(step: &Step, room: usize) -> Option<String> {
    let [delta] = step.deltas.as_slice() else { return None };
    let text = delta_words(delta);
    let fits = text.chars().count() <= room.min(SHORT_VALUE) && delta.cost == Cost::None;
    fits.then_some(text)
}

fn draw_delta(out: &mut String, delta: &Delta, room: usize) {
    let price = match delta.cost {
        Cost::None => String::new(),
        Cost::NotKnown => format!("   {}", paint(CHANGE, "cost not known")),
        Cost::RestartsNodes => format!("   {}", paint(CHANGE, "restarts nodes")),
        Cost::Replaces => format!("   {}", paint(BAD, "cannot change in place")),
    };
    let (line, delta) = (delta_words(delta), shown(delta));
    if line.chars().count() + 6 <= room.max(SHORT_VALUE) {
        let _ = writeln!(out, "      {line}{price}");
        return;
    }
    let _ = writeln!(out, "      {}:{price}", path(&delta.path));
    let _ = writeln!(out, "          {}", value(delta.before.as_ref()));
    let _ = writeln!(out, "        → {}", value(delta.after.as_ref()));
}

/// Returns a difference in words: `count: 1 → 3`.
pub fn delta_words(delta: &Delta) -> String {
    let delta = shown(delta);
    let (before, after) = (value(delta.before.as_ref()), value(delta.after.as_ref()));
    format!("{}: {before} → {after}", path(&delta.path))
}

/// Returns a path without the word that every path begins with.
fn path(path: &str) -> String {
    clean(path.strip_prefix("properties.").unwrap_or(path))
}

/// Returns a value as a reader takes it in: texts bare, ids by name, what is to come as such.
pub fn value(value: Option<&Value>) -> String {
    let Some(value) = value else { return "(not set)".to_owned() };
    if Later::from_json(value).is_some() {
        return "(known after apply)".to_owned();
    }
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) if text.starts_with("/subscriptions/") => name(text),
        Value::String(text) => clean(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| self::value(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", clean(name), self::value(Some(value)))
            };
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Returns what a step costs beyond its own time, in words.
pub fn cost(step: &Step) -> Option<String> {
    if step.action == Action::Replace {
        return Some(format!("replaces the {}", kind(&step.kind)));
    }
    let restarts = step.deltas.iter().any(|delta| delta.cost == Cost::RestartsNodes);
    restarts.then(|| "restarts nodes".to_owned())
}

/// Returns the reasons that say more than the symbol does.
fn reasons(step: &Step, all: bool) -> Vec<String> {
    let plain = |reason: &&Reason| match reason {
        Reason::Absent | Reason::Differs | Reason::Teardown => all,
        // Its title says so.
        Reason::Gives { .. } => false,
        // The deltas say so, each behind its own line.
        Reason::Immutable { .. } => all || step.deltas.is_empty(),
        _ => true,
    };
    step.reasons.iter().filter(plain).map(Reason::sentence).collect()
}

/// Lists what a new resource will hold.
fn draw_body(out: &mut String, step: &Step) {
    let Some(Call::Put(wish)) = step.calls.last() else { return };
    if !step.deltas.is_empty() {
        return;
    }
    let mut leaves = Vec::new();
    collect(&mut leaves, String::new(), wish.request().body.value());
    for (at, leaf) in leaves {
        let _ = writeln!(out, "      {}", paint(FAINT, &format!("{}: {leaf}", path(&at))));
    }
}

fn collect(leaves: &mut Vec<(String, String)>, at: String, found: &Value) {
    match found {
        Value::Object(members) if !members.is_empty() && Later::from_json(found).is_none() => {
            for (name, member) in members {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                collect(leaves, at, member);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (place, item) in items.iter().enumerate() {
                let known = item.get("name").and_then(Value::as_str).map(str::to_owned);
                let key = known.unwrap_or_else(|| place.to_string());
                collect(leaves, format!("{at}[{key}]"), item);
            }
        }
        leaf => {
            let shown = value(Some(&shown_at(&at, leaf)));
            leaves.push((at, shown));
        }
    }
}
