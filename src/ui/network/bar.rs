//! Bars to scale, in characters that differ without colour.

use crate::address::Range;

/// One kind of thing in a bar, with how much of it there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Part {
    /// The character it is drawn with.
    pub(in crate::ui) mark: char,
    /// How much of it there is, in the unit of the whole bar.
    pub(in crate::ui) amount: u128,
}

/// Returns the cells of each part, `width` in all when there is something to show.
///
/// What is there is seen: every amount above zero gets a cell, as long as there are cells.
pub(in crate::ui) fn cells(parts: &[Part], width: usize) -> Vec<usize> {
    let mut cells = vec![0_usize; parts.len()];
    let largest = parts.iter().map(|part| part.amount).max().unwrap_or(0);
    if largest == 0 {
        return cells;
    }
    // Huge amounts lose their last bits: a bar has no use for them, and their sum must fit.
    let shift = u128::BITS.saturating_sub(largest.leading_zeros()).saturating_sub(64);
    let total: u128 = parts.iter().map(|part| part.amount >> shift).sum();
    for (part, cell) in parts.iter().zip(&mut cells) {
        let share = ((part.amount >> shift) * width as u128 + total / 2) / total;
        let share = usize::try_from(share).unwrap_or(width).min(width);
        *cell = share.max(usize::from(part.amount > 0));
    }
    // The widest part gives or takes what rounding left over.
    for _ in 0..2 * width + parts.len() {
        let sum: usize = cells.iter().sum();
        let widest = (0..parts.len()).max_by_key(|&i| (cells[i], parts[i].amount)).unwrap_or(0);
        match sum.cmp(&width) {
            std::cmp::Ordering::Equal => break,
            std::cmp::Ordering::Less => cells[widest] += width - sum,
            std::cmp::Ordering::Greater => cells[widest] = cells[widest].saturating_sub(1),
        }
    }
    cells
}

/// Draws the parts one after another in exactly `width` cells.
pub(super) fn draw(parts: &[Part], width: usize) -> Vec<(char, String)> {
    let drawn = parts.iter().zip(cells(parts, width));
    drawn.map(|(part, cells)| (part.mark, part.mark.to_string().repeat(cells))).collect()
}

/// Places ranges on a line that stands for `block`; where several share a cell it shows `*`.
pub(super) fn map(block: &Range, marks: &[(char, Range)], width: usize) -> String {
    let mut line = vec!['·'; width];
    for (mark, range) in marks {
        let (from, to) = span(block, range, u32::try_from(width).unwrap_or(u32::MAX));
        let last = to.saturating_sub(1).max(from);
        for at in from..=last {
            if let Some(cell) = line.get_mut(at as usize) {
                *cell = if *cell == '·' { *mark } else { '*' };
            }
        }
    }
    line.into_iter().collect()
}

/// Returns the first cell of a range on a line of `width` cells that stands for `block`, and the
/// cell behind its last; always at least one cell.
pub(in crate::ui) fn span(block: &Range, range: &Range, width: u32) -> (u32, u32) {
    let (start, end) = block.bounds();
    let (first, last) = range.bounds();
    let shift = u128::BITS.saturating_sub((end - start).leading_zeros()).saturating_sub(64);
    let whole = ((end - start) >> shift) + 1;
    let cell = |address: u128| {
        let offset = address.saturating_sub(start) >> shift;
        u32::try_from(offset * u128::from(width) / whole).unwrap_or(width).min(width - 1)
    };
    (cell(first), cell(last) + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).expect(text)
    }

    fn part(mark: char, amount: u128) -> Part {
        Part { mark, amount }
    }

    fn text(parts: &[Part], width: usize) -> String {
        draw(parts, width).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn parts_are_drawn_to_scale() {
        assert_eq!(text(&[part('#', 50), part('.', 50)], 10), "#####.....");
        assert_eq!(text(&[part('#', 1), part('.', 3)], 8), "##......");
    }

    #[test]
    fn little_is_still_seen() {
        assert_eq!(text(&[part('x', 5), part('#', 2), part('.', 65_529)], 10), "x#........");
    }

    #[test]
    fn ranges_lie_where_they_lie() {
        let block = range("10.0.0.0/8");
        let marks = [('A', range("10.0.0.0/10")), ('B', range("10.192.0.0/11"))];
        assert_eq!(map(&block, &marks, 16), "AAAA········BB··");
    }

    #[test]
    fn ranges_that_share_a_cell_show_a_star() {
        let marks = [('A', range("10.0.0.0/24")), ('B', range("10.0.1.0/24"))];
        assert_eq!(map(&range("10.0.0.0/8"), &marks, 4), "*···");
    }

    #[test]
    fn the_whole_of_ipv6_fits_on_a_line() {
        assert_eq!(map(&range("::/0"), &[('A', range("::/0"))], 3), "AAA");
    }

    proptest! {
        #[test]
        fn a_bar_is_as_wide_as_asked(amounts in prop::collection::vec(any::<u128>(), 1..6), width in 8_usize..200) {
            let parts: Vec<Part> = amounts.iter().map(|a| part('#', *a)).collect();
            let total: usize = cells(&parts, width).iter().sum();
            prop_assert!(total == width || amounts.iter().all(|a| *a == 0));
        }
    }
}
