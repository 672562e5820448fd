//! Reading JSON that others wrote: as deep as anybody means it, and no deeper than a stack holds.
//!
//! The reader's own limit, 128 levels, is less than what a service may answer, and what cannot be
//! read cannot be written back. Without a limit, a text of brackets alone would end the process
//! where it is read, compared or dropped, as each of these goes down level by level. So the depth
//! is counted first, which needs no stack. Numbers keep the text they were written in.

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Deserializer, Error};

/// How many objects and lists may lie in each other. Chosen: four times the reader's own limit, and
/// a small part of a stack of one MiB, the least that a system gives.
pub const DEEPEST: usize = 512;

/// Reads one JSON text.
pub fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Error> {
    if is_deeper(text) {
        return Err(Error::custom(format!("it is nested deeper than {DEEPEST} levels")));
    }
    let mut reader = Deserializer::from_slice(text);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

/// Tells whether brackets outside of texts lie in each other deeper than is read.
fn is_deeper(text: &[u8]) -> bool {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    text.iter().any(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn nested(levels: usize, inner: &str) -> String {
        format!("{}{inner}{}", r#"{"a":["#.repeat(levels / 2), "]}".repeat(levels / 2))
    }

    #[test]
    fn as_deep_as_the_limit_is_read_and_deeper_is_an_error() {
        let text = nested(DEEPEST, "1");
        assert_eq!(read::<Value>(text.as_bytes()).unwrap().to_string(), text);
        for levels in [DEEPEST + 2, 100_000] {
            let error = read::<Value>(nested(levels, "1").as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), "it is nested deeper than 512 levels");
        }
        let open = "[".repeat(100_000);
        assert!(read::<Value>(open.as_bytes()).is_err());
    }

    #[test]
    fn brackets_within_a_text_are_no_levels() {
        let text = format!(r#"["{}\"{}\\",1]"#, "[".repeat(600), "{".repeat(600));
        assert_eq!(read::<Value>(text.as_bytes()).unwrap().to_string(), text);
        assert!(read::<Value>(b"{} x").is_err());
    }

    proptest! {
        #[test]
        fn numbers_of_any_size_and_precision_stay_as_they_were_written(
            whole in "-?[1-9][0-9]{0,60}", part in "(\\.[0-9]{1,60})?", power in "(e[+-][0-9]{1,4})?",
            levels in 0..250_usize,
        ) {
            let number = format!("{whole}{part}{power}");
            let text = nested(levels * 2, &number);
            let read: Value = read(text.as_bytes()).unwrap();
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
