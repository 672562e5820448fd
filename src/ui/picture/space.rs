//! Where the ranges lie and what is taken of them, to scale.

use super::canvas::{Canvas, width as text_width};
use super::section::{MARGIN, RIGHT, section};
use crate::address::Range;
use crate::address::number::grouped;
use crate::address_plan::{AddressPlan, RangeKind, RangeRow, Use};
use crate::ui::network::bar::{self, Part};
use crate::ui::network::map::{self, MapRow};

/// The height of a strip.
const STRIP: i32 = 34;

/// The height of a line of labels above a strip.
const LABEL: i32 = 19;

/// The narrowest a range is drawn; thinner ones would vanish.
const THINNEST: i32 = 4;

/// Where bars of usage start and end.
const BAR: (i32, i32) = (430, 870);

/// Pixels of the thinnest part of a bar.
const GRAIN: i32 = 3;

/// Draws where the ranges lie; returns where it ends.
pub(super) fn draw_maps(canvas: &mut Canvas, address_plan: &AddressPlan, y: i32) -> i32 {
    let mut at = section(canvas, y, "Where the ranges lie, to scale") + 6;
    let mut above: Option<(MapRow, i32)> = None;
    for row in in_order(map::rows(&address_plan.ranges)) {
        let labels = labels(&row, address_plan);
        let lines = labels.iter().map(|label| label.line + 1).max().unwrap_or(0);
        let strip = at + 28 + lines * LABEL;
        if let Some((outer, edge)) = &above {
            opening(canvas, outer, &row, (*edge, strip));
        }
        draw_strip(canvas, address_plan, &row, strip);
        draw_labels(canvas, &labels, strip);
        let (first, last) = (row.block.first().to_string(), row.block.last().to_string());
        canvas.text(MARGIN, strip + STRIP + 16, "soft t11 mono", &first);
        canvas.text(RIGHT, strip + STRIP + 16, "soft t11 mono end", &last);
        at = strip + STRIP + 16;
        above = Some((row, strip + STRIP));
    }
    at
}

/// Puts each opened network behind the map it lies in.
fn in_order(rows: Vec<MapRow>) -> Vec<MapRow> {
    let (mut networks, space): (Vec<MapRow>, Vec<MapRow>) =
        rows.into_iter().partition(|row| row.is_network);
    let mut ordered = Vec::new();
    for outer in space {
        let (inside, others) =
            networks.into_iter().partition(|network| outer.block.contains(&network.block));
        networks = others;
        ordered.push(outer);
        ordered.extend::<Vec<MapRow>>(inside);
    }
    ordered.extend(networks);
    ordered
}

/// Draws the wedge from a network on one strip to the strip that shows it whole.
fn opening(canvas: &mut Canvas, outer: &MapRow, inner: &MapRow, (from, to): (i32, i32)) {
    if outer.is_network || !inner.is_network || !outer.block.contains(&inner.block) {
        return;
    }
    let (left, right) = span(&outer.block, &inner.block);
    canvas.shape(&[(left, from), (right, from), (RIGHT, to), (MARGIN, to)], "wedge");
}

/// Returns where a range lies on the strip of a block.
fn span(block: &Range, range: &Range) -> (i32, i32) {
    let (from, to) = bar::span(block, range, (RIGHT - MARGIN).unsigned_abs());
    let place = |cell: u32| MARGIN + i32::try_from(cell).unwrap_or(0);
    let (left, right) = (place(from), place(to));
    let right = right.max(left + THINNEST).min(RIGHT);
    (left.min(right - THINNEST), right)
}

fn draw_strip(canvas: &mut Canvas, address_plan: &AddressPlan, row: &MapRow, y: i32) {
    canvas.rect([MARGIN, y, RIGHT - MARGIN, STRIP], 4, "strip");
    for (index, range) in &row.marks {
        let Some(shown) = address_plan.ranges.get(*index) else { continue };
        let (left, right) = span(&row.block, range);
        canvas.open(&format!("{} {range}", label(shown)));
        let collides = row.marks.iter().any(|(other, at)| other != index && at.overlaps(range));
        let edge = if collides { " edge-bad" } else { "" };
        canvas.rect([left, y, right - left, STRIP], 2, &format!("{}{edge}", class_of(shown.place)));
        canvas.close();
    }
}

/// A label above a strip, on the lowest line where it has room.
struct Label {
    x: i32,
    anchor: i32,
    line: i32,
    name: String,
    range: String,
}

fn labels(row: &MapRow, address_plan: &AddressPlan) -> Vec<Label> {
    let mut ends: Vec<i32> = Vec::new();
    let mut marks: Vec<&(usize, Range)> = row.marks.iter().collect();
    marks.sort_by_key(|(index, range)| (span(&row.block, range).0, *index));
    let mut labels = Vec::new();
    for (index, range) in marks {
        let Some(shown) = address_plan.ranges.get(*index) else { continue };
        let (name, text) = (label(shown), range.to_string());
        let wide = text_width(&name, 12, false) + 8 + text_width(&text, 12, true);
        let (left, right) = span(&row.block, range);
        let anchor = left.midpoint(right);
        let x = (anchor - 3).min(RIGHT - wide).max(MARGIN);
        let line = ends.iter().position(|end| *end + 14 <= x).unwrap_or(ends.len());
        if line == ends.len() {
            ends.push(0);
        }
        ends[line] = x + wide;
        let line = i32::try_from(line).unwrap_or(0);
        labels.push(Label { x, anchor, line, name, range: text });
    }
    labels
}

fn draw_labels(canvas: &mut Canvas, labels: &[Label], strip: i32) {
    for label in labels {
        let y = strip - 10 - label.line * LABEL;
        canvas.line([label.anchor, y + 4, label.anchor, strip], "leader");
    }
    for label in labels {
        let y = strip - 10 - label.line * LABEL;
        let wide = text_width(&label.name, 12, false);
        let whole = wide + 8 + text_width(&label.range, 12, true);
        canvas.rect([label.x - 3, y - 13, whole + 6, LABEL - 2], 3, "paper");
        canvas.pair(label.x, y, &label.name, &label.range);
    }
}

/// Draws what is taken of each range; returns where it ends.
pub(super) fn draw_usage(canvas: &mut Canvas, address_plan: &AddressPlan, y: i32) -> i32 {
    let mut at = section(canvas, y, "What is taken of each range") + 8;
    for row in &address_plan.ranges {
        let middle = at + 24;
        let indent = if row.place == RangeKind::Subnet { 16 } else { 0 };
        canvas.rect([MARGIN + indent, middle - 10, 10, 10], 2, class_of(row.place));
        canvas.fitted((MARGIN + indent + 18, middle), 150, "ink t13", &label(row));
        let range = row.range.map_or_else(|| "not known here".to_owned(), |r| r.to_string());
        canvas.fitted((205, middle), BAR.0 - 215, "soft t12 mono", &range);
        match &row.usage {
            Some(usage) => usage_bar(canvas, row, usage, middle),
            None => canvas.text(BAR.0, middle, "soft t12", &size_text(row)),
        }
        at += 30;
    }
    legend(canvas, at + 30)
}

fn usage_bar(canvas: &mut Canvas, row: &RangeRow, usage: &Use, middle: i32) {
    let used = &usage.used;
    let parts = [
        ("used-azure", usage.reserved),
        ("used-others", usage.others),
        ("used-now", used.now),
        ("used-upgrade", used.upgrade.saturating_sub(used.now)),
        ("used-maximum", used.maximum.saturating_sub(used.upgrade)),
        ("used-free", usage.free.maximum),
    ];
    let amounts = parts.map(|(_, amount)| Part { mark: ' ', amount });
    let grains = usize::try_from((BAR.1 - BAR.0) / GRAIN).unwrap_or(0);
    canvas.open(&usage_text(row, usage));
    let mut x = BAR.0;
    for ((class, _), cells) in parts.iter().zip(bar::cells(&amounts, grains)) {
        let wide = i32::try_from(cells).unwrap_or(0) * GRAIN;
        if wide > 0 {
            canvas.rect([x, middle - 13, wide, 17], 0, class);
        }
        x += wide;
    }
    canvas.close();
    let short = (usage.reserved + usage.others + used.maximum).saturating_sub(row.size);
    let (class, text) = if short > 0 {
        ("bad t12 bold", format!("✕ short of {}", grouped(short)))
    } else if row.place == RangeKind::Network {
        ("soft t12", format!("{} not in a subnet", grouped(usage.free.maximum)))
    } else {
        ("soft t12", usage_text(row, usage))
    };
    canvas.fitted((BAR.1 + 12, middle), RIGHT - BAR.1 - 12, class, &text);
}

fn usage_text(row: &RangeRow, usage: &Use) -> String {
    let free = grouped(usage.free.maximum);
    if row.place == RangeKind::Network {
        return format!("{} in subnets, {free} not", grouped(usage.used.now));
    }
    let (now, most) = (grouped(usage.used.now), grouped(usage.used.maximum));
    if now == most {
        format!("{now} taken, {free} free")
    } else {
        format!("{now} to {most} taken, {free} free")
    }
}

fn legend(canvas: &mut Canvas, y: i32) -> i32 {
    let parts = [
        ("used-now", "taken now"),
        ("used-upgrade", "by an upgrade"),
        ("used-maximum", "at the autoscaler's maximum"),
        ("used-others", "load balancers and others"),
        ("used-azure", "Azure's own five"),
        ("used-free", "free"),
    ];
    let mut x = MARGIN;
    for (class, text) in parts {
        canvas.rect([x, y - 12, 18, 14], 0, class);
        canvas.text(x + 25, y, "soft t12", text);
        x += 25 + text_width(text, 12, false) + 26;
    }
    y + 4
}

/// Returns what a range is for, in words.
pub(super) fn label(row: &RangeRow) -> String {
    match row.place {
        RangeKind::Network => "network".to_owned(),
        RangeKind::Subnet => format!("subnet {}", row.name),
        RangeKind::Pods => "pods".to_owned(),
        RangeKind::Services => "services".to_owned(),
        RangeKind::Peer => format!("peer {}", row.name),
        RangeKind::Avoided => "in use elsewhere".to_owned(),
    }
}

pub(super) fn size_text(row: &RangeRow) -> String {
    match row.range {
        None => "size not known here".to_owned(),
        Some(range) if range.is_ipv4() => format!("{} addresses", grouped(row.size)),
        Some(range) => format!("2^{} addresses", 128 - range.prefix()),
    }
}

const fn class_of(place: RangeKind) -> &'static str {
    match place {
        RangeKind::Network => "fill-network",
        RangeKind::Subnet => "fill-subnet",
        RangeKind::Pods => "fill-pods",
        RangeKind::Services => "fill-services",
        RangeKind::Peer => "fill-peer",
        RangeKind::Avoided => "fill-avoided",
    }
}
