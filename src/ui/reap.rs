//! What `reap` does, did and left: a table, events, and a summary to alert on.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use super::list::{Look, address, grid, span};
use super::markdown::{heads, row, text};
use super::style::{BAD, FAINT, HINT, STRONG, paint};
use super::words::{clean, count, duration, list};
use crate::event::Failure;
use crate::plan::{Because, Plan, Sighting, Spared, age, said};

/// What happened to one environment.
#[derive(Debug)]
pub struct Fate {
    /// Which one, as a list told of it.
    pub seen: Sighting,
    /// Why it was due, if it was.
    pub because: Option<Because>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug)]
pub enum What {
    /// It is gone.
    Reaped {
        /// How long that took.
        seconds: f64,
    },
    /// It would go.
    WouldGo,
    /// It is being deleted.
    Going,
    /// It was gone already.
    Gone,
    /// It is spared.
    Spared(Spared),
    /// It stays although it is due.
    Stays(Vec<Failure>),
}

impl Fate {
    /// Tells whether something stays that is due, or that nobody can judge.
    pub fn stays(&self) -> bool {
        match &self.what {
            What::Stays(_) => true,
            What::Spared(spared) => spared.is_unclear(),
            What::Reaped { .. } | What::WouldGo | What::Going | What::Gone => false,
        }
    }

    const fn word(&self) -> &'static str {
        match &self.what {
            What::Reaped { .. } => "reaped",
            What::WouldGo => "would-go",
            What::Going => "going",
            What::Gone => "gone",
            What::Spared(_) => "spared",
            What::Stays(_) => "stays",
        }
    }

    /// Returns what is said of one that nobody need look at.
    const fn calm(&self) -> Option<&'static str> {
        match &self.what {
            What::Spared(Spared::NotYet { .. }) => Some(CALM[0]),
            What::Spared(Spared::NoExpiry) => Some(CALM[1]),
            What::Spared(Spared::Going) | What::Going => Some(CALM[2]),
            What::Gone => Some(CALM[3]),
            _ => None,
        }
    }

    /// Returns why, as a sentence without its stop.
    fn reason(&self) -> String {
        match &self.what {
            What::Spared(spared) => spared.sentence(),
            What::Stays(failures) => {
                let each = failures.iter().map(|one| format!("{}: {}", one.code, one.message));
                each.collect::<Vec<_>>().join("; ")
            }
            _ => self.because.as_ref().map(why).unwrap_or_default(),
        }
    }
}

fn why(because: &Because) -> String {
    match because {
        Because::TeardownFailed { at } => format!("its teardown was given up {}", said(at)),
        other => other.sentence(),
    }
}

/// One environment as scripts read it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    /// Its name.
    name: &'a str,
    /// The group it stands in.
    resource_group: &'a str,
    /// The subscription.
    subscription: &'a str,
    /// What happened: `reaped`, `would-go`, `going`, `gone`, `spared` or `stays`.
    result: &'static str,
    /// Why, as people read it.
    reason: String,
    /// Why it was due.
    because: Option<&'a Because>,
    /// Why it was not.
    spared: Option<&'a Spared>,
    /// How long it took.
    seconds: Option<f64>,
    /// What failed.
    failed: &'a [Failure],
}

impl<'a> Line<'a> {
    fn of(fate: &'a Fate) -> Self {
        let environment = &fate.seen.environment;
        Self {
            name: &environment.name,
            resource_group: environment.group.name(),
            subscription: &environment.subscription,
            result: fate.word(),
            reason: fate.reason(),
            because: fate.because.as_ref(),
            spared: if let What::Spared(spared) = &fate.what { Some(spared) } else { None },
            seconds: if let What::Reaped { seconds } = fate.what { Some(seconds) } else { None },
            failed: if let What::Stays(failures) = &fate.what { failures } else { &[] },
        }
    }
}

/// Returns what happened to one environment, as an event.
pub fn event(fate: &Fate) -> impl Serialize {
    Line::of(fate)
}

/// A summary of a run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.reap/v1"))]
    schema: &'static str,
    /// When the run looked, RFC 3339.
    time: String,
    /// Whether it only showed what would go.
    dry_run: bool,
    /// How many are gone.
    reaped: usize,
    /// How many would go.
    would_go: usize,
    /// How many are being deleted.
    going: usize,
    /// How many are not due.
    spared: usize,
    /// How many stay although they are due, or cannot be judged.
    stays: usize,
    /// What happened to each.
    environments: Vec<Line<'a>>,
}

impl<'a> Summary<'a> {
    /// Sums up what happened.
    pub fn of(fates: &'a [Fate], now: OffsetDateTime, dry_run: bool) -> Self {
        let many = |word: &str| fates.iter().filter(|fate| fate.word() == word).count();
        Self {
            schema: "akstool.reap/v1",
            time: crate::plan::told(now),
            dry_run,
            reaped: many("reaped") + many("gone"),
            would_go: many("would-go"),
            going: many("going"),
            spared: fates.iter().filter(|fate| fate.word() == "spared" && !fate.stays()).count(),
            stays: fates.iter().filter(|fate| fate.stays()).count(),
            environments: fates.iter().map(Line::of).collect(),
        }
    }

    /// Draws it as Markdown, what stays first.
    pub fn markdown(&self, fates: &[Fate]) -> String {
        let mut out = format!("## akstool reap\n\n{}\n", self.sentence());
        let mut rows: Vec<&Fate> = fates.iter().collect();
        rows.sort_by_key(|fate| (!fate.stays(), fate.word() == "spared"));
        if !rows.is_empty() {
            out.push('\n');
            out.push_str(&heads(&["environment", "group", "result", "why"]));
        }
        for fate in rows {
            let environment = &fate.seen.environment;
            let result = if fate.stays() { "**stays**" } else { fate.word() };
            out.push_str(&row(&[
                text(&environment.name),
                text(environment.group.name()),
                result.to_owned(),
                text(&fate.reason()),
            ]));
        }
        out
    }

    /// Says it in one sentence.
    pub fn sentence(&self) -> String {
        let parts = [
            (self.would_go, "would go"),
            (self.reaped, "reaped"),
            (self.going, "going"),
            (self.spared, "spared"),
            (self.stays, "stays"),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| match (*what, number) {
                ("stays", 2..) => format!("{number} stay"),
                _ => format!("{number} {what}"),
            })
            .collect();
        if said.is_empty() { "No environment.".to_owned() } else { format!("{}.", list(&said)) }
    }
}

/// Draws what goes: a line an environment.
pub fn table(goes: &[(&Sighting, &Because, &Plan)], look: Look) -> String {
    let heads = ["NAME", "WHY", "AGE", "NODES", "VCPUS", "RESOURCES", "HOW"];
    let rows: Vec<Vec<String>> = goes
        .iter()
        .map(|(seen, because, plan)| {
            let deleted = plan.summary().delete;
            let whole = plan.steps.iter().filter(|(_, step)| !step.calls.is_empty()).count() == 1;
            vec![
                paint(STRONG, &address(seen, look.many)),
                clean(&why(because)),
                seen.made.map(|made| span(age(made, look.now))).unwrap_or_default(),
                seen.nodes.to_string(),
                seen.cores.map(|cores| cores.to_string()).unwrap_or_default(),
                deleted.to_string(),
                if whole { "group as a whole" } else { "step by step" }.to_owned(),
            ]
        })
        .collect();
    grid(&heads, &rows, look.columns)
}

/// Draws what stays and what is spared: each with its reason where somebody should look, as a number
/// where all is as it should be.
pub fn rest(fates: &[Fate], many: bool, all: bool) -> String {
    let mut out = String::new();
    for fate in fates.iter().filter(|fate| fate.stays()) {
        let name = address(&fate.seen, many);
        let _ = writeln!(out, "{} {name}: {}", paint(BAD, "stays:"), clean(&fate.reason()));
        if let What::Stays(failures) = &fate.what {
            for hint in failures.iter().filter_map(|failure| failure.hint.as_ref()) {
                let _ = writeln!(out, "  {} {}", paint(HINT, "hint:"), clean(&hint.to_string()));
            }
        }
    }
    let calm: Vec<&Fate> = fates.iter().filter(|fate| fate.calm().is_some()).collect();
    if all {
        for fate in calm {
            let name = address(&fate.seen, many);
            let reason = Some(fate.reason()).filter(|reason| !reason.is_empty());
            let reason = reason.unwrap_or_else(|| fate.word().to_owned());
            let _ = writeln!(out, "{} {name}: {}", paint(FAINT, "spared:"), clean(&reason));
        }
        return out;
    }
    let said: Vec<String> = CALM
        .iter()
        .map(|kind| (kind, calm.iter().filter(|fate| fate.calm() == Some(*kind)).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    if !said.is_empty() {
        let _ = writeln!(out, "{} {}; `-v` names them.", paint(FAINT, "spared:"), list(&said));
    }
    out
}

/// What is said of those that nobody need look at, in this order.
const CALM: [&str; 4] =
    ["not expired yet", "without an expiry", "being deleted already", "gone already"];

/// Says how a run ended.
pub fn ended(summary: &Summary<'_>, seconds: f64) -> String {
    let took = duration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let whole = summary.environments.len();
    format!("\n{}: {} It took {took}.\n", count(whole, "environment"), summary.sentence())
}
