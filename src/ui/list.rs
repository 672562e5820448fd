//! A table of many environments: one a line.

use std::fmt::Write as _;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use super::style::{BAD, CHANGE, FAINT, GOOD, STRONG, paint};
use super::words::{clean, count, fit, list, pad};
use crate::arm::id::ResourceId;
use crate::plan::{Expiry, Sighting, Standing, age, told};

/// Columns of the table where the output is no terminal; chosen: what most logs hold.
const COLUMNS: usize = 160;

/// The widest a column of words may be; chosen: an address of mail, or the end of a URL.
const WIDEST: usize = 44;

/// What a table shows beside the environments.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns to stay within.
    pub columns: Option<usize>,
    /// What time it is.
    pub now: OffsetDateTime,
    /// Whether more than one subscription was looked at.
    pub many: bool,
}

/// One environment as scripts read it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// Its name.
    name: &'a str,
    /// The group it stands in.
    resource_group: &'a str,
    /// The subscription.
    subscription: &'a str,
    /// The region.
    location: Option<&'a str>,
    /// How it stands.
    state: Standing,
    /// Azure's word for the cluster's state.
    phase: Option<&'a str>,
    /// When it was made, RFC 3339.
    created: Option<String>,
    /// How old it is.
    age_seconds: Option<u64>,
    /// When its time is up, RFC 3339.
    expires: Option<String>,
    /// What the tag says where that is no time.
    expires_unreadable: Option<&'a str>,
    /// Whether its time is up.
    expired: bool,
    /// How many nodes it has.
    nodes: u64,
    /// How many cores these have, where their size tells.
    vcpus: Option<u64>,
    /// Who made it.
    owner: Option<&'a str>,
    /// The run that made it.
    from: Option<&'a str>,
    /// The akstool that wrote it.
    version: Option<&'a str>,
    /// The id of its cluster.
    cluster: Option<&'a str>,
    /// When a teardown of it was given up, RFC 3339.
    teardown_failed: Option<&'a str>,
    /// Node groups of clusters of it that are gone.
    orphaned_node_groups: Vec<&'a str>,
}

impl<'a> Line<'a> {
    /// Returns what scripts read of an environment.
    pub fn of(seen: &'a Sighting, now: OffsetDateTime) -> Self {
        let unreadable = match &seen.expiry {
            Expiry::Unreadable { text, .. } => Some(text.as_str()),
            Expiry::At(_) | Expiry::Never => None,
        };
        Self {
            name: &seen.environment.name,
            resource_group: seen.environment.group.name(),
            subscription: &seen.environment.subscription,
            location: seen.location.as_deref(),
            state: seen.standing,
            phase: seen.phase.as_deref(),
            created: seen.made.map(told),
            age_seconds: seen.made.map(|made| age(made, now).as_secs()),
            expires: seen.expiry.at().map(told),
            expires_unreadable: unreadable,
            expired: is_expired(seen, now),
            nodes: seen.nodes,
            vcpus: seen.cores,
            owner: seen.owner.as_deref(),
            from: seen.run.as_deref(),
            version: seen.version.as_deref(),
            cluster: seen.cluster.as_ref().map(ResourceId::as_str),
            teardown_failed: seen.torn.as_deref(),
            orphaned_node_groups: seen.orphans.iter().map(ResourceId::name).collect(),
        }
    }
}

/// What all environments come to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// How many there are.
    environments: usize,
    /// How many of them have no time left.
    expired: usize,
    /// The nodes of all.
    nodes: u64,
    /// The cores of all whose size tells.
    vcpus: u64,
}

impl Total {
    /// Adds up.
    pub fn of(all: &[Sighting], now: OffsetDateTime) -> Self {
        Self {
            environments: all.len(),
            expired: all.iter().filter(|seen| is_expired(seen, now)).count(),
            nodes: all.iter().map(|seen| seen.nodes).sum(),
            vcpus: all.iter().filter_map(|seen| seen.cores).sum(),
        }
    }
}

fn is_expired(seen: &Sighting, now: OffsetDateTime) -> bool {
    seen.expiry.at().is_some_and(|at| at <= now)
}

/// Draws the table, and below it what all of them come to.
pub fn draw(all: &[Sighting], look: Look) -> String {
    let heads = ["NAME", "STATE", "AGE", "EXPIRES", "NODES", "VCPUS", "OWNER", "FROM"];
    let rows: Vec<Vec<String>> = all.iter().map(|seen| row(seen, look)).collect();
    let mut out = grid(&heads, &rows, look.columns);
    let total = Total::of(all, look.now);
    let mut parts = vec![count(total.environments, "environment")];
    parts.push(count(usize::try_from(total.nodes).unwrap_or(usize::MAX), "node"));
    parts.push(count(usize::try_from(total.vcpus).unwrap_or(usize::MAX), "vCPU"));
    let _ = write!(out, "\n{}", list(&parts));
    if total.expired > 0 {
        let _ = write!(out, "; {} expired", total.expired);
    }
    out.push_str(".\n");
    out
}

/// Draws rows below their heads, each column as wide as it needs to be; what a row's last column has
/// no room for is cut.
pub fn grid(heads: &[&str], rows: &[Vec<String>], columns: Option<usize>) -> String {
    let shown = |at: usize| rows.iter().any(|row| !row[at].is_empty());
    let used: Vec<usize> = (0..heads.len()).filter(|at| shown(*at)).collect();
    let wide = |at: &usize| {
        let cells = rows.iter().map(|row| console::measure_text_width(&row[*at]));
        cells.chain([heads[*at].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = used.iter().map(wide).collect();
    let columns = columns.unwrap_or(COLUMNS);
    let line = |cell: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for (at, width) in used.iter().zip(&widths) {
            let _ = write!(text, "{}  ", pad(&cell(*at), *width));
        }
        text.trim_end().to_owned()
    };
    let mut out = format!("{}\n", paint(FAINT, &fit(&line(&|at| heads[at].to_owned()), columns)));
    for row in rows {
        let text = line(&|at| row[at].clone());
        let text = console::truncate_str(&text, columns, "…");
        let _ = writeln!(out, "{text}");
    }
    out
}

fn row(seen: &Sighting, look: Look) -> Vec<String> {
    let word = |text: &Option<String>| {
        text.as_deref().map(|text| end(&clean(text), WIDEST)).unwrap_or_default()
    };
    vec![
        paint(STRONG, &address(seen, look.many)),
        standing(seen),
        seen.made.map(|made| span(age(made, look.now))).unwrap_or_default(),
        expires(seen, look.now),
        seen.nodes.to_string(),
        seen.cores.map_or_else(|| "?".to_owned(), |cores| cores.to_string()),
        word(&seen.owner),
        word(&seen.run),
    ]
}

/// Returns what names an environment in a next command: its group too, where that is another word.
pub fn address(seen: &Sighting, many: bool) -> String {
    let environment = &seen.environment;
    let (name, group) = (&environment.name, environment.group.name());
    let short = if group == name { name.clone() } else { format!("{group}/{name}") };
    if !many {
        return clean(&short);
    }
    clean(&format!("{}/{short}", environment.subscription.split('-').next().unwrap_or_default()))
}

fn standing(seen: &Sighting) -> String {
    let style = match seen.standing {
        Standing::Whole => GOOD,
        Standing::HalfMade | Standing::Going => CHANGE,
        Standing::Failed | Standing::Orphan => BAD,
    };
    let word = paint(style, seen.standing.word());
    let phase = seen.phase.as_deref().filter(|phase| !phase.eq_ignore_ascii_case("Deleting"));
    phase.map_or(word.clone(), |phase| format!("{word} ({})", clean(phase)))
}

fn expires(seen: &Sighting, now: OffsetDateTime) -> String {
    match &seen.expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::At(at) if *at <= now => paint(BAD, &format!("{} ago", span(age(*at, now)))),
        Expiry::At(at) => format!("in {}", span(age(now, *at))),
        Expiry::Unreadable { text, .. } => paint(BAD, &format!("`{}`?", fit(&clean(text), 20))),
    }
}

/// Returns a time that has passed in its two largest units: `2d 4h`.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// Returns the end of a text that is too long: of a URL that says more than its beginning.
fn end(text: &str, width: usize) -> String {
    let long = text.chars().count();
    if long <= width {
        return text.to_owned();
    }
    format!("…{}", text.chars().skip(long + 1 - width).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_two_units() {
        let told = |seconds| span(Duration::from_secs(seconds));
        assert_eq!([told(59), told(60), told(3_600), told(3_660)], ["59s", "1m", "1h", "1h 1m"]);
        assert_eq!([told(86_400), told(100_000)], ["1d", "1d 3h"]);
    }

    #[test]
    fn of_a_long_url_its_end_is_shown() {
        assert_eq!(end("https://github.com/a/b/actions/runs/123", 12), "…ns/runs/123");
        assert_eq!(end("short", 12), "short");
    }

    #[test]
    fn empty_columns_are_left_out() {
        let rows = [vec!["a".to_owned(), String::new(), "c".to_owned()]];
        let text =
            anstream::adapter::strip_str(&grid(&["ONE", "TWO", "THREE"], &rows, None)).to_string();
        assert_eq!(text, "ONE  THREE\na    c\n");
    }
}
