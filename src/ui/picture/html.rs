//! The page around the picture: the same numbers as tables, all advice, the comparison.

use std::fmt::Write as _;

use super::canvas::escape;
use super::section::{STYLE, title};
use super::space;
use crate::address::number::{counted, grouped};
use crate::address::{Demand, Model};
use crate::address_plan::{AddressPlan, ModelRow, PoolRow, RangeRow, Remark, Way, Weight};

/// The look of what stands around the picture.
const PAGE: &str = include_str!("page.css");

/// Returns the page.
pub(super) fn page(address_plan: &AddressPlan, picture: &str) -> String {
    let mut out = String::new();
    let title = escape(&title(address_plan));
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>\n{STYLE}{PAGE}</style>\n</head>\n<body>\n<main>\n<h1 class=\"heard\">{title}</h1>\n\
         <figure>\n{picture}</figure>\n"
    );
    ranges(&mut out, address_plan);
    pools(&mut out, address_plan);
    advice(&mut out, address_plan);
    compare(&mut out, address_plan);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn ranges(out: &mut String, address_plan: &AddressPlan) {
    let mut table = Table::new(
        "Ranges",
        &["for", "range", "addresses", "#taken now", "#upgrade", "#most", "#free at most"],
    );
    for row in &address_plan.ranges {
        table.row(&range_cells(row));
    }
    table.finish(out);
}

fn range_cells(row: &RangeRow) -> Vec<String> {
    let range = row.range.map_or_else(|| "not known here".to_owned(), |range| range.to_string());
    let mut cells = vec![space::label(row), range, space::size_text(row)];
    match &row.usage {
        Some(usage) => cells.extend(
            [usage.used.now, usage.used.upgrade, usage.used.maximum, usage.free.maximum]
                .map(grouped),
        ),
        None => cells.extend(std::iter::repeat_n(String::new(), 4)),
    }
    cells
}

fn pools(out: &mut String, address_plan: &AddressPlan) {
    let mut table = Table::new(
        "Pools, and the addresses they need",
        &["pool", "nodes", "#pods each", "#now", "#upgrade", "#most", "fits", "#grows to"],
    );
    for pool in &address_plan.pools {
        table.row(&pool_cells(pool, address_plan.model));
    }
    table.finish(out);
    if address_plan.model.has_pod_range() {
        out.push_str("<p>Addresses of the network + of the pods' own range.</p>\n");
    }
}

fn pool_cells(pool: &PoolRow, model: Model) -> Vec<String> {
    let count = match pool.max_nodes {
        Some(most) => format!("{} to {most}", pool.nodes),
        None => pool.nodes.to_string(),
    };
    let fits = match (pool.fits.now, pool.fits.upgrade, pool.fits.maximum) {
        (true, true, true) => "yes",
        (true, true, false) => "✕ not its most",
        (true, false, _) => "✕ not an upgrade",
        (false, _, _) => "✕ no",
    };
    vec![
        pool.name.clone(),
        count,
        pool.max_pods.to_string(),
        amount(&pool.needs.now, model),
        amount(&pool.needs.upgrade, model),
        amount(&pool.needs.maximum, model),
        fits.to_owned(),
        grouped(pool.grows.nodes),
    ]
}

fn amount(demand: &Demand, model: Model) -> String {
    let network = grouped(demand.of_vnet());
    if model.has_pod_range() {
        format!("{network} + {}", grouped(demand.pod_range))
    } else {
        network
    }
}

fn advice(out: &mut String, address_plan: &AddressPlan) {
    if address_plan.advice.is_empty() && address_plan.conflicts.is_empty() {
        return;
    }
    out.push_str("<h2>Advice</h2>\n<ul class=\"advice\">\n");
    for conflict in &address_plan.conflicts {
        let _ = writeln!(
            out,
            "<li class=\"problem\"><strong>✕ {}</strong></li>",
            escape(&conflict.text)
        );
    }
    for Remark { weight, text, reason, .. } in &address_plan.advice {
        let (class, sign) = match weight {
            Weight::Problem => ("problem", "✕ "),
            Weight::Warning => ("warning", "! "),
            Weight::Note => ("note", ""),
        };
        let (text, reason) = (sentence(text), sentence(reason));
        let _ =
            writeln!(out, "<li class=\"{class}\"><strong>{sign}{text}</strong><br>{reason}</li>");
    }
    out.push_str("</ul>\n");
}

/// Returns a sentence with what stands in backticks as code.
fn sentence(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in escape(text).split('`').enumerate() {
        if index > 0 {
            out.push_str(if index % 2 == 1 { "<code>" } else { "</code>" });
        }
        out.push_str(part);
    }
    if text.matches('`').count() % 2 == 1 {
        out.push_str("</code>");
    }
    out
}

fn compare(out: &mut String, address_plan: &AddressPlan) {
    let Some(rows) = &address_plan.compare else { return };
    let mut table = Table::new(
        "The same pools under every model",
        &["model", "#now", "#most", "fits here", "#grows to", "how", "gains", "loses"],
    );
    for row in rows {
        table.row(&model_cells(row));
    }
    table.finish(out);
}

fn model_cells(row: &ModelRow) -> Vec<String> {
    let way = match row.way {
        Way::Stay => "this one",
        Way::Migrate => "in place, all pools reimaged at once",
        Way::Replace => "another cluster",
    };
    vec![
        row.title.to_owned(),
        amount(&row.needs.now, row.model),
        amount(&row.needs.maximum, row.model),
        if row.fits() { "yes" } else { "✕ no" }.to_owned(),
        counted(row.largest.nodes, "node"),
        way.to_owned(),
        row.gained.join("; "),
        row.lost.join("; "),
    ]
}

/// A table as it grows; a heading that starts with `#` is a column of numbers.
struct Table {
    out: String,
    numbers: Vec<bool>,
}

impl Table {
    fn new(title: &str, header: &[&str]) -> Self {
        let mut out =
            format!("<h2>{}</h2>\n<div class=\"wide\"><table>\n<thead><tr>", escape(title));
        for name in header {
            let class = if name.starts_with('#') { " class=\"number\"" } else { "" };
            let _ = write!(
                out,
                "<th scope=\"col\"{class}>{}</th>",
                escape(name.trim_start_matches('#'))
            );
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        Self { out, numbers: header.iter().map(|name| name.starts_with('#')).collect() }
    }

    fn row(&mut self, cells: &[String]) {
        self.out.push_str("<tr>");
        for (index, cell) in cells.iter().enumerate() {
            let number = self.numbers.get(index).copied().unwrap_or(false);
            let class = if number { " class=\"number\"" } else { "" };
            let (open, close) = if index == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            let _ = write!(self.out, "<{open}{class}>{}</{close}>", escape(cell));
        }
        self.out.push_str("</tr>\n");
    }

    fn finish(self, out: &mut String) {
        out.push_str(&self.out);
        out.push_str("</tbody></table></div>\n");
    }
}
