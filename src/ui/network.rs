//! The address plan as text: bars to scale, tables, what binds, what to do.
//!
//! Everything can be read without colour; colour only repeats what marks and words say. The text
//! fits any width from 60 to 200 columns.

pub(super) mod bar;
mod compare;
pub(super) mod map;
pub(super) mod tables;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use self::bar::Part;
use crate::address::Range;
use crate::address::number::{counted, grouped};
use crate::address_plan::{AddressPlan, Origin, RangeKind, RangeRow, Remark, Use, Weight};
use crate::visible::is_unsafe;

/// How a text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns, cut to 60–200.
    pub width: usize,
    /// Whether colour is welcome.
    pub colour: bool,
}

/// Columns below which nothing is drawn narrower; chosen: the narrowest terminal in use.
const NARROWEST: usize = 60;

/// Columns above which nothing is drawn wider; chosen: longer lines are hard to follow.
const WIDEST: usize = 200;

/// Columns kept for the indent of a bar and the words behind it.
const TEXT_BESIDE_BAR: usize = 34;

/// Columns of the longest name of a range; chosen: leaves room for the rest at 60.
const LONGEST_NAME: usize = 24;

const RESERVED: char = '×';
const OTHERS: char = '○';
const USED: char = '█';
const UPGRADE: char = '▓';
const MAXIMUM: char = '▒';
const FREE: char = '·';

/// Draws an address plan. Ends with a line break.
pub fn draw(address_plan: &AddressPlan, look: Look) -> String {
    let mut page = Page::new(look);
    page.head(address_plan);
    page.conflicts(address_plan);
    page.space(address_plan);
    page.pools(address_plan);
    page.limits(address_plan);
    page.advice(address_plan);
    page.compare(address_plan);
    page.out
}

/// The text as it grows.
struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn new(look: Look) -> Self {
        let width = look.width.clamp(NARROWEST, WIDEST);
        Self { out: String::new(), width, colour: look.colour }
    }

    fn head(&mut self, address_plan: &AddressPlan) {
        let policy =
            address_plan.policy.map(|name| format!(", {name} policies")).unwrap_or_default();
        let title = format!(
            "{} in {}: {}{policy}",
            visible(&address_plan.environment),
            visible(&address_plan.location),
            address_plan.title
        );
        let title = self.painted(Style::new().bold(), &title);
        self.wrapped("", &title);
        self.wrapped("", &address_plan.growth.sentence);
        self.wrapped("", &format!("Traffic leaves by: {}.", address_plan.outbound.text));
        for peer in &address_plan.peers {
            let text =
                format!("Peered with {} as `{}`.", visible(&peer.network), visible(&peer.name));
            self.wrapped("", &text);
        }
    }

    fn conflicts(&mut self, address_plan: &AddressPlan) {
        if address_plan.conflicts.is_empty() {
            return;
        }
        self.heading("Collisions");
        for conflict in &address_plan.conflicts {
            let mark = self.painted(style_of(Weight::Problem), "!!");
            self.wrapped(&format!("{mark} "), &visible(&conflict.text));
        }
    }

    /// Draws where the ranges lie, and what is taken of each.
    fn space(&mut self, address_plan: &AddressPlan) {
        self.heading("Address space");
        let letters: Vec<char> = letters(address_plan.ranges.len());
        for row in &map::rows(&address_plan.ranges) {
            let label = format!("{:<17}", row.block.to_string());
            let width = self.width.saturating_sub(label.len() + 5);
            let marks: Vec<(char, Range)> =
                row.marks.iter().map(|(index, range)| (letters[*index], *range)).collect();
            let line = bar::map(&row.block, &marks, width);
            self.line(&format!("  {label} |{line}|"));
        }
        self.out.push('\n');
        let names: Vec<String> =
            address_plan.ranges.iter().map(|row| cut(&range_name(row), LONGEST_NAME)).collect();
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let shown = address_plan.ranges.iter().filter_map(|row| row.range);
        let longest = shown.map(|range| range.to_string().len()).max().unwrap_or(0).max(9);
        for ((row, letter), name) in address_plan.ranges.iter().zip(&letters).zip(&names) {
            self.range(row, &format!("{letter} {name:<widest$}"), longest);
        }
        let marks = [
            (USED, "taken now"),
            (UPGRADE, "by an upgrade"),
            (MAXIMUM, "at the maximum"),
            (OTHERS, "others"),
            (RESERVED, "Azure's own"),
            (FREE, "free"),
        ];
        let legend: Vec<String> = marks
            .iter()
            .map(|(mark, word)| format!("{mark}\u{a0}{}", word.replace(' ', "\u{a0}")))
            .collect();
        self.out.push('\n');
        self.wrapped("  ", &legend.join(" "));
    }

    fn range(&mut self, row: &RangeRow, name: &str, longest: usize) {
        let shown = row.range.map_or_else(|| "not known".to_owned(), |range| range.to_string());
        let note = match row.origin {
            Origin::Default => " (default)",
            Origin::Auto => " (auto)",
            Origin::Azure => " (from Azure)",
            Origin::Unknown | Origin::Written => "",
        };
        let size = row.range.map(size_text).unwrap_or_default();
        self.line(&format!("{name}  {shown:<longest$} {size:>10}{note}"));
        let Some(usage) = row.usage else { return };
        let width = self.width.saturating_sub(TEXT_BESIDE_BAR).min(100);
        let parts = parts(&usage);
        let mut line = String::from("    ");
        for (mark, cells) in bar::draw(&parts, width) {
            line.push_str(&self.painted(style_of_mark(mark), &cells));
        }
        let free = grouped(usage.free.maximum);
        let over = over(row, &usage);
        let text = match (row.place, over) {
            (_, Some(over)) => format!("short of {}", grouped(over)),
            (RangeKind::Network, None) => format!("{free} not in a subnet"),
            (_, None) if usage.free.maximum == usage.free.now => format!("{free} free"),
            (_, None) => format!("{} free, then {free}", grouped(usage.free.now)),
        };
        self.line(&format!("{line}  {text}"));
    }

    fn advice(&mut self, address_plan: &AddressPlan) {
        if address_plan.advice.is_empty() {
            return;
        }
        self.heading("Advice");
        for advice in &address_plan.advice {
            self.one_advice(advice);
        }
    }

    fn one_advice(&mut self, advice: &Remark) {
        let mark = match advice.weight {
            Weight::Problem => "!!",
            Weight::Warning => "! ",
            Weight::Note => "- ",
        };
        let mark = self.painted(style_of(advice.weight), mark);
        self.wrapped(&format!("{mark} "), &visible(&advice.text));
        self.wrapped("     ", &visible(&advice.reason));
    }

    fn heading(&mut self, text: &str) {
        let text = self.painted(Style::new().bold(), text);
        let _ = writeln!(self.out, "\n{text}");
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(&text.trim_end().replace('\u{a0}', " "));
        self.out.push('\n');
    }

    /// Writes a text in lines that fit, each after the first indented as deep as the lead is wide.
    fn wrapped(&mut self, lead: &str, text: &str) {
        let indent = plain_width(lead);
        let mut line = lead.to_owned();
        let mut used = indent;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let wide = plain_width(word);
            if used > indent && used + 1 + wide > self.width {
                self.line(&line);
                line = " ".repeat(indent);
                used = indent;
            }
            if used > indent {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += wide;
        }
        self.line(&line);
    }

    fn painted(&self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }
}

fn letters(count: usize) -> Vec<char> {
    let names = ('A'..='Z').chain('a'..='z').chain('0'..='9');
    names.chain(std::iter::repeat('#')).take(count).collect()
}

fn range_name(row: &RangeRow) -> String {
    let name = visible(&row.name);
    match row.place {
        RangeKind::Network => "network".to_owned(),
        RangeKind::Subnet => format!("  subnet {name}"),
        RangeKind::Pods => "pods".to_owned(),
        RangeKind::Services => "services".to_owned(),
        RangeKind::Peer => format!("peer {name}"),
        RangeKind::Avoided => "avoided".to_owned(),
    }
}

/// Cuts a text to so many characters, with an ellipsis when something is left out.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest - 1).collect();
    kept + "…"
}

fn size_text(range: Range) -> String {
    if range.is_ipv4() { grouped(range.size()) } else { format!("2^{}", 128 - range.prefix()) }
}

fn parts(usage: &Use) -> Vec<Part> {
    let used = &usage.used;
    [
        (RESERVED, usage.reserved),
        (OTHERS, usage.others),
        (USED, used.now),
        (UPGRADE, used.upgrade.saturating_sub(used.now)),
        (MAXIMUM, used.maximum.saturating_sub(used.upgrade)),
        (FREE, usage.free.maximum),
    ]
    .map(|(mark, amount)| Part { mark, amount })
    .to_vec()
}

/// Returns by how much the most that stands here exceeds the range.
fn over(row: &RangeRow, usage: &Use) -> Option<u128> {
    let wanted = usage.reserved + usage.others + usage.used.maximum;
    wanted.checked_sub(row.size).filter(|over| *over > 0)
}

fn style_of(weight: Weight) -> Style {
    match weight {
        Weight::Problem => AnsiColor::Red.on_default().bold(),
        Weight::Warning => AnsiColor::Yellow.on_default(),
        Weight::Note => AnsiColor::Cyan.on_default(),
    }
}

fn style_of_mark(mark: char) -> Style {
    match mark {
        USED => AnsiColor::Blue.on_default(),
        UPGRADE => AnsiColor::Cyan.on_default(),
        MAXIMUM => AnsiColor::Yellow.on_default(),
        RESERVED | OTHERS => AnsiColor::Red.on_default(),
        _ => Style::new().dimmed(),
    }
}

/// Makes what a stranger's file may hold harmless: no control characters, nothing that reorders.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns the columns of a text that may hold colour.
fn plain_width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().count()
}

/// Returns a number of nodes with its noun.
fn nodes(count: u64) -> String {
    counted(count, "node")
}

#[cfg(test)]
mod tests;
