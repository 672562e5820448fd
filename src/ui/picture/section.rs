//! What all parts of the picture share: its width and margins, its look, and how a part begins.

use super::canvas::Canvas;
use crate::address_plan::AddressPlan;

/// The width of the picture; chosen: fits a page of a document without becoming small.
pub(super) const WIDTH: i32 = 1_180;

/// The margin on every side.
pub(super) const MARGIN: i32 = 30;

/// Where the content ends on the right.
pub(super) const RIGHT: i32 = WIDTH - MARGIN;

/// The look of both forms; light, and dark where the reader asks for it.
pub(super) const STYLE: &str = include_str!("style.css");

pub(super) fn title(address_plan: &AddressPlan) -> String {
    format!("Address plan of {}: {}", address_plan.environment, address_plan.title)
}

/// Writes the heading of a section; returns where its content starts.
pub(super) fn section(canvas: &mut Canvas, y: i32, title: &str) -> i32 {
    canvas.text(MARGIN, y, "ink t17 bold", title);
    canvas.line([MARGIN, y + 10, RIGHT, y + 10], "rule");
    y + 10
}
