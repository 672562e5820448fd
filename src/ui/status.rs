//! Tables: what exists and in what state.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::blanks::Blanks;
use super::screen::Screen;
use super::style::{BAD, CHANGE, FAINT, GOOD, HINT, STRONG, paint};
use super::words::{clean, fit, list, pad, wrap};
use crate::shell::word;

/// One resource as `status` shows it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The id.
    pub id: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is called where its name says nothing.
    #[serde(skip)]
    pub title: Option<String>,
    /// Azure's word for its state, `Absent` for what is not there.
    pub state: String,
    /// Whether this environment made it.
    pub owned: bool,
    /// The region, where the type has one.
    pub location: Option<String>,
    /// What else one wants to know, as a person reads it.
    pub detail: String,
    /// The same, value by value.
    #[serde(flatten)]
    pub values: Values,
    /// Why its last change failed, where Azure keeps that: code and message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a resource's body says of it; a script reads each by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Values {
    /// The version of Kubernetes that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The size of a pool's machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// How many nodes a pool has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The fewest and the most nodes that the autoscaler keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoscale: Option<Bounds>,
    /// The mode of a pool, `System` or `User`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The profile's name of a pool, where it goes by another: it took over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The network of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Whether it runs, `Running` or `Stopped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<String>,
    /// Its address ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<String>,
    /// The role that is given, and to whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The id of who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The client id of an identity of workloads, by which service accounts name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How a peering stands, `Connected` say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peering: Option<String>,
}

/// The bounds of an autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bounds {
    /// The fewest nodes.
    pub min: u64,
    /// The most.
    pub max: u64,
}

/// The network of a cluster, in Azure's words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// The plugin.
    pub plugin: Option<String>,
    /// Its mode, `overlay` where it is that.
    pub mode: Option<String>,
    /// The data plane.
    pub dataplane: Option<String>,
    /// The policy engine.
    pub policy: Option<String>,
    /// How traffic leaves.
    pub outbound_type: Option<String>,
}

impl Network {
    /// Returns the words for it; what is plain goes without saying.
    fn words(&self) -> String {
        let said = |text: &Option<String>, plain: &[&str]| {
            let is_plain =
                |text: &&String| plain.iter().any(|word| text.eq_ignore_ascii_case(word));
            text.as_ref().filter(|text| !is_plain(text)).cloned()
        };
        let model = [said(&self.plugin, &[]), said(&self.mode, &[])];
        let model = model.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let plane = said(&self.dataplane, &["azure"]);
        let own = plane.clone().unwrap_or_default();
        let policy = said(&self.policy, &["none", &own]);
        let model = (!model.is_empty()).then_some(model);
        let plane = plane.map(|plane| format!("data plane {plane}"));
        let policy = policy.map(|policy| format!("policy {policy}"));
        [model, plane, policy].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Values {
    /// Returns them as a person reads them.
    pub fn words(&self) -> String {
        let version = self.version.as_ref().map(|version| format!("Kubernetes {version}"));
        let network = self.network.as_ref().map(Network::words);
        let machines = self.count.zip(self.size.as_ref());
        let bounds = |bounds: Bounds| format!(" ({} to {})", bounds.min, bounds.max);
        let bounds = self.autoscale.map(bounds).unwrap_or_default();
        let machines = machines.map(|(count, size)| format!("{count} × {size}{bounds}"));
        let pool = self.pool.as_ref().map(|pool| format!("`{pool}` of the profile"));
        let client = self.client_id.as_ref().map(|client| format!("client {client}"));
        let parts = [version, network, machines, pool, client].into_iter().flatten();
        let parts = parts.chain(self.ranges.iter().cloned()).chain(self.peering.clone());
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

impl Line {
    /// Tells whether the last change failed or was cancelled.
    pub fn has_failed(&self) -> bool {
        ["Failed", "Canceled"].iter().any(|word| self.state.eq_ignore_ascii_case(word))
    }
}

/// Returns a table without borders: columns two spaces apart, a faint headline; where a line is too
/// long for `columns`, its last cell stands below it.
pub fn table(head: &[&str], rows: &[Vec<String>], columns: Option<usize>) -> String {
    let head: Vec<String> = head.iter().map(|title| paint(FAINT, title)).collect();
    let mut widths = vec![0; head.len()];
    for row in rows.iter().chain([&head]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(console::measure_text_width(cell));
        }
    }
    let mut out = String::new();
    let room = columns.unwrap_or(usize::MAX);
    for row in [&head].into_iter().chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
        let line = cells.join("  ");
        let line = line.trim_end();
        match row.split_last() {
            Some((last, _)) if console::measure_text_width(line) > room => {
                let first = cells[..cells.len() - 1].join("  ");
                let below = wrap(&format!("    {last}"), columns, 4);
                let _ = writeln!(out, "{}\n{below}", fit(first.trim_end(), room));
            }
            _ => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

/// Draws what exists of an environment.
pub fn draw(screen: &Screen, environment: &str, lines: &[Line]) -> String {
    let title = paint(STRONG, &clean(environment));
    if lines.is_empty() {
        return format!("{title}: nothing of it exists.\n");
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                super::words::kind(&line.kind),
                line.title.as_deref().map_or_else(|| super::words::name(&line.id), clean),
                state(&line.state),
                clean(&line.detail),
            ]
        })
        .collect();
    let head = ["TYPE", "NAME", "STATE", ""];
    format!("{title}{}\n\n{}", regions(lines), table(&head, &rows, screen.columns()))
}

/// Draws what failed and why, each reason once; empty when nothing did. Azure keeps the reasons of
/// clusters and pools only; those of others stand in the activity log.
pub fn failures(lines: &[Line], next: &str, blanks: &Blanks) -> String {
    let mut reasons: Vec<(&str, Vec<&Line>)> = Vec::new();
    for line in lines.iter().filter(|line| line.has_failed()) {
        let error = line.error.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == error) {
            Some((_, lines)) => lines.push(line),
            None => reasons.push((error, vec![line])),
        }
    }
    let mut out = String::new();
    for (error, lines) in &reasons {
        let name = |line: &&Line| {
            format!("{} {}", super::words::kind(&line.kind), super::words::name(&line.id))
        };
        let names: Vec<String> = lines.iter().map(name).collect();
        let _ = write!(out, "\n{} the last change of {} ", paint(BAD, "✗"), list(&names));
        match (*error, lines.first()) {
            ("", Some(line)) => {
                let log = "az monitor activity-log list --status Failed --resource-id";
                // The embedded Azure keeps no log.
                let why = blanks.command(&format!("{log} {}", word(&clean(&line.id))));
                let why = why.map(|command| format!("; why: `{command}`")).unwrap_or_default();
                let _ = writeln!(out, "failed{why}");
            }
            (error, _) => {
                let _ = writeln!(out, "failed: {}", clean(error));
            }
        }
    }
    if !reasons.is_empty() {
        let _ = writeln!(out, "{} {}", paint(HINT, "next:"), clean(next));
    }
    out
}

/// Returns where it stands, for the headline: resources of one environment rarely differ in that.
fn regions(lines: &[Line]) -> String {
    let mut names: Vec<String> =
        lines.iter().filter_map(|line| line.location.as_deref()).map(clean).collect();
    // What stands in no region says so by this word.
    names.retain(|name| name != "global");
    names.sort();
    names.dedup();
    if names.is_empty() { String::new() } else { format!(" in {}", list(&names)) }
}

fn state(state: &str) -> String {
    let style = match state.to_ascii_lowercase().as_str() {
        "succeeded" | "running" => GOOD,
        "failed" | "canceled" | "absent" => BAD,
        _ => CHANGE,
    };
    paint(style, &clean(state))
}
