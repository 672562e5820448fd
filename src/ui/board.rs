//! What a live view shows, as a value: told of events, drawn as text. Pure; it prints nothing and
//! is told what time it is.

use std::time::Duration;

use super::log::doing;
use super::style::{BAD, CHANGE, FAINT, GOOD, HINT, STRONG, of, paint};
use super::words::{clean, count, duration, fit, is_right, kind, list, name, pad, title, watch};
use crate::event::{Ending, Event, Happening};
use crate::plan::{Action, Estimate, Plan, Stage};

/// The frames of the spinner; ten a second is calm.
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Columns of the overall bar, on a terminal of [`NARROW`] columns or more and on a smaller one;
/// chosen, so that it fits beside the times.
const BAR: (usize, usize) = (24, 12);

/// Below so many columns, Azure's words stand below a resource instead of beside it; chosen, as
/// they take up to fifty.
const NARROW: usize = 90;

/// The most that a bar shows while something still runs: what takes longer than usual is not done.
const NEARLY: f64 = 0.99;

/// Less than this is not foretold; chosen, as what is late would be about to end for minutes.
const SOON: Duration = Duration::from_secs(10);

/// How long a notice stays in view.
const NOTICE: Duration = Duration::from_secs(30);

/// Everything in view.
#[derive(Debug, Default)]
pub(super) struct Board {
    sections: Vec<Section>,
    /// How many environments there is work in, begun or not.
    fleet: usize,
    notice: Option<(Duration, String)>,
    stopping: bool,
    ended: bool,
}

/// One environment.
#[derive(Debug)]
struct Section {
    environment: String,
    rows: Vec<Row>,
    /// The place of each step's row, in the plan's order.
    places: Vec<usize>,
    estimate: Estimate,
    /// The most of the way that was shown; a bar never goes back.
    shown: f64,
    began: Option<Duration>,
    /// When it was over, and how it ended.
    over: Option<(Duration, Ending)>,
}

#[derive(Clone, Debug)]
struct Row {
    id: String,
    depth: usize,
    words: String,
    action: Action,
    stage: RowStage,
    phase: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum RowStage {
    Kept,
    Ahead,
    Running(Duration),
    Done(Duration),
    Failed,
    /// It was left to Azure, which goes on.
    Left(Duration),
}

impl Board {
    /// Returns the board of a run with work in so many environments.
    pub(super) fn of_fleet(fleet: usize) -> Self {
        Self { fleet, ..Self::default() }
    }

    /// Takes a plan in view; a later plan for the same environment takes the earlier one's place.
    pub(super) fn begin(&mut self, plan: &Plan) {
        let section = Section::of(plan);
        match self.sections.iter_mut().find(|old| old.environment == section.environment) {
            Some(old) => *old = Section { began: old.began, ..section },
            None => self.sections.push(section),
        }
    }

    /// Hears of an event.
    pub(super) fn hear(&mut self, environment: &str, event: &Event) {
        if let Happening::StepNotice { id, notice } = &event.what {
            let of = id.as_ref().map(|id| format!("{}: ", name(id.as_str()))).unwrap_or_default();
            self.notice(event.at, &format!("{of}{notice}"));
        }
        self.stopping |= matches!(event.what, Happening::Stopping);
        if let Some(section) = self.sections.iter_mut().find(|s| s.environment == environment) {
            section.hear(event);
        }
    }

    /// Shows a notice for a while.
    pub(super) fn notice(&mut self, now: Duration, text: &str) {
        self.notice = Some((now, clean(text)));
    }

    /// Takes away what only matters while it runs.
    pub(super) fn end(&mut self) {
        let rows = self.sections.iter_mut().flat_map(|section| &mut section.rows);
        for row in rows {
            if let RowStage::Running(since) = row.stage {
                row.stage = RowStage::Left(since);
            }
        }
        self.notice = None;
        self.stopping = false;
        self.ended = true;
    }

    /// Draws everything within so many rows and columns; without a line break at the end.
    pub(super) fn draw(&mut self, now: Duration, rows: usize, columns: usize) -> String {
        let mut lines = Vec::new();
        let tally = (self.fleet > 1).then(|| self.tally());
        let room = rows.saturating_sub(if tally.is_some() { 5 } else { 4 });
        let each = room / self.sections.len().max(1);
        let most = if each < 3 { room } else { usize::MAX };
        let over = |section: &Section| section.is_over() && each < 3;
        let (last, first): (Vec<_>, Vec<_>) = self.sections.iter_mut().partition(|s| over(s));
        let hidden = (first.len() + last.len()).saturating_sub(most);
        for section in first.into_iter().chain(last).take(most) {
            lines.push(section.headline(now, self.ended, columns));
            if each >= 3 {
                lines.extend(section.lines(now, each - 1, columns));
            }
        }
        if hidden > 0 {
            lines.push(paint(FAINT, &format!("and {}", count(hidden, "more environment"))));
        }
        lines.extend(tally);
        if let Some((at, text)) = &self.notice
            && now.saturating_sub(*at) < NOTICE
        {
            lines.push(paint(CHANGE, &format!("  {text}")));
        }
        if self.stopping {
            let text = "  Stopping: what runs goes on to its end. Ctrl-C again leaves it to Azure.";
            lines.push(paint(CHANGE, text));
        }
        let lines: Vec<String> =
            lines.iter().take(rows.saturating_sub(2)).map(|line| fit(line, columns - 1)).collect();
        lines.join("\n")
    }
}

impl Board {
    /// Returns the line that counts a fleet's environments.
    fn tally(&self) -> String {
        let ended = |wanted: &[Ending]| {
            let all = self.sections.iter().filter_map(|section| section.over);
            all.filter(|(_, ending)| wanted.contains(ending)).count()
        };
        let begun = self.sections.len();
        let over = self.sections.iter().filter(|section| section.over.is_some()).count();
        let parts = [
            (begun - over, "running"),
            (self.fleet.saturating_sub(begun), "waiting"),
            (ended(&[Ending::Succeeded, Ending::NothingToDo]), "done"),
            (ended(&[Ending::Failed, Ending::Refused]), "failed"),
            (ended(&[Ending::Interrupted]), "interrupted"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        format!("{}: {}", count(self.fleet, "environment"), list(&parts))
    }
}

impl Section {
    fn of(plan: &Plan) -> Self {
        let ids: Vec<&str> = plan.steps.iter().map(|(_, step)| step.id.as_str()).collect();
        let parents: Vec<Option<usize>> = ids.iter().map(|id| parent(id, &ids)).collect();
        let mut order = Vec::new();
        for at in (0..ids.len()).filter(|at| parents[*at].is_none()) {
            visit(at, 0, &parents, &mut order);
        }
        let mut rows = Vec::new();
        let mut places = vec![0; ids.len()];
        let steps: Vec<_> = plan.steps.iter().map(|(_, step)| step).collect();
        for (row, (at, depth)) in order.into_iter().enumerate() {
            places[at] = row;
            let step = steps[at];
            rows.push(Row {
                id: step.id.as_str().to_ascii_lowercase(),
                depth,
                words: if is_right(step) {
                    title(step)
                } else {
                    format!("{} {}", kind(&step.kind), name(step.id.as_str()))
                },
                action: step.action,
                stage: if step.action == Action::Keep { RowStage::Kept } else { RowStage::Ahead },
                phase: String::new(),
            });
        }
        let estimate = Estimate::of(plan);
        let environment = plan.environment.clone();
        Self { environment, rows, places, estimate, shown: 0.0, began: None, over: None }
    }

    /// Tells whether nothing is left to be done here.
    fn is_over(&self) -> bool {
        let open = |row: &Row| matches!(row.stage, RowStage::Ahead | RowStage::Running(_));
        !self.rows.iter().any(open)
    }

    fn hear(&mut self, event: &Event) {
        let at = event.at;
        match &event.what {
            Happening::RunStarted { .. } => self.began = self.began.or(Some(at)),
            Happening::StepStarted { id, .. } => {
                self.change(id.as_str(), |row| row.stage = RowStage::Running(at));
            }
            Happening::StepPhase { id, phase } => {
                self.change(id.as_str(), |row| row.phase = clean(phase));
            }
            Happening::StepSucceeded { id, seconds, left, .. } => {
                let took = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
                self.change(id.as_str(), |row| {
                    row.stage = RowStage::Done(took);
                    if *left {
                        "left to Azure".clone_into(&mut row.phase);
                    }
                });
            }
            Happening::StepFailed(failure) => {
                let said = clean(&failure.code);
                self.change(failure.id.as_str(), |row| {
                    row.stage = RowStage::Failed;
                    row.phase = said;
                });
            }
            Happening::Outcome(outcome) => self.over = Some((at, outcome.result)),
            Happening::StepNotice { .. } | Happening::Stopping => {}
        }
    }

    fn change(&mut self, id: &str, f: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id.eq_ignore_ascii_case(id)) {
            f(row);
        }
    }

    /// Returns the line of the whole environment: its bar against the critical path.
    fn headline(&mut self, now: Duration, ended: bool, columns: usize) -> String {
        let stage = |place: &usize| match self.rows[*place].stage {
            RowStage::Ahead => Stage::Ahead,
            RowStage::Running(since) | RowStage::Left(since) => {
                Stage::Running(now.saturating_sub(since))
            }
            RowStage::Kept | RowStage::Done(_) | RowStage::Failed => Stage::Over,
        };
        let stages: Vec<Stage> = self.places.iter().map(stage).collect();
        let (total, left) = (self.estimate.total(), self.estimate.remaining(&stages));
        let way =
            if total.is_zero() { 1.0 } else { 1.0 - left.as_secs_f64() / total.as_secs_f64() };
        let most = if self.is_over() { 1.0 } else { NEARLY };
        self.shown = self.shown.max(way.clamp(0.0, most));
        let until = self.over.map_or(now, |(at, _)| at);
        let since = self.began.map(|began| until.saturating_sub(began)).unwrap_or_default();
        let name = paint(STRONG, &fit(&clean(&self.environment), columns / 3));
        if let Some(tally) = self.tally(ended) {
            return format!("{name}  {tally}  {}", watch(since));
        }
        let to_go =
            if ended || self.over.is_some() { String::new() } else { self.to_go(&stages, left) };
        format!(
            "{name}  {} {:3.0} %  {}{}",
            bar(self.shown, if columns < NARROW { BAR.1 } else { BAR.0 }),
            self.shown * 100.0,
            watch(since),
            paint(FAINT, &to_go)
        )
    }

    /// Returns what can be said of the time that is left.
    fn to_go(&self, stages: &[Stage], left: Duration) -> String {
        let later = |stage: &Stage| match stage {
            Stage::Running(since) => Stage::Running(*since + Duration::from_secs(1)),
            other => *other,
        };
        let later: Vec<Stage> = stages.iter().map(later).collect();
        // Time passes and nothing comes nearer: what it waits for is late.
        if !left.is_zero() && self.estimate.remaining(&later) == left && self.runs() {
            return ", longer than usual".to_owned();
        }
        if left < SOON { String::new() } else { format!(", about {} to go", rough(left)) }
    }

    fn runs(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.stage, RowStage::Running(_)))
    }

    /// Returns how many steps came to what, where a bar would promise an end that does not come:
    /// something failed, or was left before it was done.
    fn tally(&self, ended: bool) -> Option<String> {
        let number = |wanted: fn(&RowStage) -> bool| {
            self.rows.iter().filter(|row| wanted(&row.stage)).count()
        };
        let failed = number(|stage| *stage == RowStage::Failed);
        let ended_well = |ending| matches!(ending, Ending::Succeeded | Ending::NothingToDo);
        let is_stopped = self.over.is_some_and(|(_, ending)| !ended_well(ending));
        if failed == 0 && !is_stopped && (!ended || self.is_whole()) {
            return None;
        }
        let all = number(|stage| *stage != RowStage::Kept);
        let done = number(|stage| matches!(stage, RowStage::Done(_)));
        let failed = (failed > 0).then(|| paint(BAD, &format!(", {failed} failed")));
        Some(format!("{done} of {all} done{}", failed.unwrap_or_default()))
    }

    /// Tells whether every step came to its end.
    fn is_whole(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.stage, RowStage::Kept | RowStage::Done(_)))
    }

    /// Returns the rows that fit: what is over makes room first, then what is still ahead.
    fn lines(&self, now: Duration, room: usize, columns: usize) -> Vec<String> {
        let widths = self.rows.iter().map(Row::label).map(|label| label.chars().count());
        let width = widths.max().unwrap_or_default().min(columns.saturating_sub(12));
        let moving: Vec<&Row> =
            self.rows.iter().filter(|row| row.stage != RowStage::Kept).collect();
        if moving.len() <= room {
            return moving.iter().flat_map(|row| row.lines(now, width, columns)).collect();
        }
        let rank = |row: &Row| match row.stage {
            RowStage::Failed | RowStage::Left(_) => 0,
            RowStage::Running(_) => 1,
            RowStage::Ahead => 2,
            RowStage::Done(_) | RowStage::Kept => 3,
        };
        let mut ranked: Vec<(usize, &Row)> = moving.into_iter().enumerate().collect();
        ranked.sort_by_key(|(at, row)| (rank(row), *at));
        let hidden = ranked.split_off(room.saturating_sub(1).min(ranked.len()));
        ranked.sort_by_key(|(at, _)| *at);
        let mut lines: Vec<String> =
            ranked.iter().flat_map(|(_, row)| row.lines(now, width, columns)).collect();
        let of = |ranks: &[u8]| hidden.iter().filter(|(_, row)| ranks.contains(&rank(row))).count();
        let parts = [(of(&[0, 1]), "running"), (of(&[2]), "to come"), (of(&[3]), "done")];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        lines.push(paint(FAINT, &format!("  and {}", list(&parts))));
        lines
    }
}

impl Row {
    fn label(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.words)
    }

    /// Returns the row's line, and Azure's words behind it or, on a narrow terminal, below it.
    fn lines(&self, now: Duration, width: usize, columns: usize) -> Vec<String> {
        let line = self.line(now, width);
        let is_narrow = columns < NARROW;
        let is_running = matches!(self.stage, RowStage::Running(_));
        let line =
            if is_running && !is_narrow { format!("{line}  {}", doing(self.action)) } else { line };
        if !(is_running || self.stage == RowStage::Failed) || self.phase.is_empty() {
            return vec![line];
        }
        let phase = paint(HINT, &self.phase);
        if is_narrow {
            return vec![line, format!("{}      {phase}", "  ".repeat(self.depth))];
        }
        vec![format!("{line}  {phase}")]
    }

    fn line(&self, now: Duration, width: usize) -> String {
        let words = pad(&fit(&self.label(), width), width);
        match self.stage {
            RowStage::Kept => format!("  = {words}"),
            RowStage::Ahead => paint(FAINT, &format!("  · {words}")),
            RowStage::Running(since) => {
                let running = now.saturating_sub(since);
                let spinner = paint(of(self.action), frame(now));
                format!("  {spinner} {words} {:>6}", watch(running))
            }
            RowStage::Done(took) => {
                format!("  {} {words} {:>6}", paint(GOOD, "✓"), watch(took))
            }
            RowStage::Left(_) => {
                format!("  {} {words} {}", paint(CHANGE, "…"), paint(CHANGE, "goes on in Azure"))
            }
            RowStage::Failed => format!("  {} {words} {}", paint(BAD, "✗"), paint(BAD, "failed")),
        }
    }
}

/// Returns a time as one says it about the future: no seconds beyond a minute.
fn rough(left: Duration) -> String {
    if left.as_secs() < 60 {
        return duration(Duration::from_secs(left.as_secs().max(1)));
    }
    duration(Duration::from_secs(left.as_secs().div_ceil(60) * 60))
}

fn frame(now: Duration) -> &'static str {
    let place = (now.as_millis() / 100) % 10;
    FRAMES[usize::try_from(place).unwrap_or_default()]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a few dozen columns"
)]
fn bar(share: f64, columns: usize) -> String {
    let full = (share * columns as f64).round() as usize;
    let (done, rest) = ("━".repeat(full.min(columns)), "─".repeat(columns.saturating_sub(full)));
    format!("{}{}", paint(GOOD, &done), paint(FAINT, &rest))
}

/// Returns the nearest other id that `id` lies under.
fn parent(id: &str, ids: &[&str]) -> Option<usize> {
    let under = |other: &str| {
        id.len() > other.len()
            && id.is_char_boundary(other.len())
            && id[..other.len()].eq_ignore_ascii_case(other)
            && id[other.len()..].starts_with('/')
    };
    let above = ids.iter().enumerate().filter(|(_, other)| under(other));
    above.max_by_key(|(_, other)| other.len()).map(|(at, _)| at)
}

fn visit(at: usize, depth: usize, parents: &[Option<usize>], order: &mut Vec<(usize, usize)>) {
    order.push((at, depth));
    for child in (0..parents.len()).filter(|child| parents[*child] == Some(at)) {
        visit(child, depth + 1, parents, order);
    }
}

#[cfg(test)]
mod tests;
