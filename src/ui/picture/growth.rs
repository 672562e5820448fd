//! What stops growth, each limit with the nodes it allows.

use super::canvas::{Canvas, plain};
use super::section::{MARGIN, section};
use crate::address::number::{counted, grouped};
use crate::address_plan::AddressPlan;
use crate::ui::network::bar::{self, Part};
use crate::ui::network::tables::ceiling_text;

/// Where bars start, and how long the longest is.
const BAR: (i32, i32) = (110, 560);

/// Limits drawn; chosen: the tight ones matter.
const SHOWN: usize = 8;

/// Draws what stops growth; returns where it ends.
pub(super) fn draw(canvas: &mut Canvas, address_plan: &AddressPlan, y: i32) -> i32 {
    let growth = &address_plan.growth;
    let mut at = section(canvas, y, "What limits growth, an upgrade included") + 8;
    let shown = || growth.ceilings.iter().take(SHOWN);
    let most = shown().map(|ceiling| ceiling.nodes).max().unwrap_or(0).max(growth.now).max(1);
    for (index, ceiling) in shown().enumerate() {
        let limit = plain(&ceiling_text(ceiling));
        let middle = at + 24;
        let now = ceiling.now.min(ceiling.nodes);
        let parts = [now, ceiling.nodes - now, most - ceiling.nodes]
            .map(|nodes| Part { mark: ' ', amount: u128::from(nodes) });
        let cells = bar::cells(&parts, usize::try_from(BAR.1).unwrap_or(0));
        let [now, free, _] = [0, 1, 2].map(|part| i32::try_from(cells[part]).unwrap_or(0));
        let first = if index == 0 { "ink t13 bold" } else { "ink t13" };
        canvas.text(BAR.0 - 12, middle, &format!("{first} end"), &grouped(ceiling.nodes));
        canvas.open(&format!("{}: {limit}", counted(ceiling.nodes, "node")));
        canvas.rect([BAR.0, middle - 13, now, 17], 0, "used-now");
        canvas.rect([BAR.0 + now, middle - 13, free, 17], 0, "used-room");
        canvas.close();
        canvas.text(BAR.0 + now + free + 10, middle, first, &limit);
        at += 28;
    }
    let scale = format!("nodes; {} now", grouped(growth.now));
    canvas.text(MARGIN, at + 24, "soft t12", &scale);
    at + 24
}
