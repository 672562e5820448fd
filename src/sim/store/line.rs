//! A line of the state file: a JSON text, a tab, the checksum of the text.
//!
//! JSON written compactly holds neither tabs nor line ends, so a line that does not end was being
//! written when somebody looked, or when its writer was killed; one that ends and does not hold
//! was damaged later.

/// Bytes of a checksum with the tab before it.
const SUM: usize = 17;

/// Ends a line with its checksum.
pub(super) fn seal(line: &mut Vec<u8>) {
    let sum = format!("\t{:016x}\n", sum(line));
    line.extend_from_slice(sum.as_bytes());
}

/// Returns the text of a whole line, if that is what was written.
pub(super) fn text(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (text, told) = line.split_at(line.len().checked_sub(SUM)?);
    let told = std::str::from_utf8(told).ok()?.strip_prefix('\t')?;
    (u64::from_str_radix(told, 16).ok()? == sum(text)).then_some(text)
}

/// FNV-1a with 64 bits: it finds accidents, and nobody is expected to forge a rehearsal.
fn sum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_read_as_written_and_no_other_is(
            written in "[ -~]{0,40}", place in any::<prop::sample::Index>(), flip in 1_u8..
        ) {
            let mut line = written.clone().into_bytes();
            seal(&mut line);
            prop_assert_eq!(text(&line), Some(written.as_bytes()));
            let place = place.index(line.len());
            prop_assert_eq!(text(&line[..place]), None);
            // The case of a checksum's digits says nothing.
            prop_assume!(flip != 0x20);
            line[place] ^= flip;
            prop_assert_eq!(text(&line), None);
        }
    }
}
