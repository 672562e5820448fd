//! How long an environment lives: the expiry that tags tell, whoever wrote them.
//!
//! Tags are edited by hand, and other tools have words of their own for the same. What can be read
//! as a time is one; of several the latest counts, so that nothing goes too early; and what says
//! something that is no time says "do not touch this".

use std::time::Duration;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use super::observed::tag;
use crate::kind::EXPIRES;

/// The tag that a teardown leaves which could not be done: when it was given up. Whatever carries it
/// was to be gone, so the next `reap` takes it up.
pub const TORN: &str = "akstool-teardown";

/// The tag that says which run of a pipeline made an environment.
pub const RUN: &str = "akstool-run";

/// The tag that says by which version of akstool something was written.
pub const VERSION: &str = "akstool-version";

/// A number of at least so many digits is milliseconds: as seconds it would be the year 5138.
const MILLISECONDS: usize = 12;

/// When an environment ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    #[default]
    Never,
    /// Then.
    At(OffsetDateTime),
    /// A tag says something that is no time.
    Unreadable {
        /// The tag.
        tag: String,
        /// What it says.
        text: String,
    },
}

impl Expiry {
    /// Reads the expiry that tags tell: akstool's own, and these of other tools.
    pub fn of(body: &Value, others: &[String]) -> Self {
        let names = std::iter::once(EXPIRES).chain(others.iter().map(String::as_str));
        let said = names.filter_map(|name| Some((name, tag(body, name)?)));
        said.map(|(name, text)| Self::read(name, text)).fold(Self::Never, Self::or)
    }

    fn read(name: &str, text: &str) -> Self {
        instant(text).map_or_else(
            || Self::Unreadable { tag: name.to_owned(), text: text.to_owned() },
            Self::At,
        )
    }

    /// Returns what holds where two places tell: the later time, and before all what is no time.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (odd @ Self::Unreadable { .. }, _) | (_, odd @ Self::Unreadable { .. }) => odd,
            (Self::Never, one) | (one, Self::Never) => one,
            (Self::At(one), Self::At(other)) => Self::At(one.max(other)),
        }
    }

    /// Returns the time, if there is one.
    pub fn at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::At(at) => Some(*at),
            Self::Never | Self::Unreadable { .. } => None,
        }
    }
}

/// Reads a time as tools write it into tags: RFC 3339, with a blank for the `T` or without a zone
/// (then it is UTC); a day, which lasts until it ends; seconds or milliseconds since 1970.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let seconds = if text.len() >= MILLISECONDS { number / 1_000 } else { number };
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    let joined = text.replacen(' ', "T", 1).to_ascii_uppercase();
    if let Ok(at) = OffsetDateTime::parse(&joined, &Rfc3339) {
        return Some(at);
    }
    let plain = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let bare = joined.split('.').next().unwrap_or(&joined);
    if let Ok(at) = PrimitiveDateTime::parse(bare, plain) {
        return Some(at.assume_utc());
    }
    let day = Date::parse(&joined, format_description!("[year]-[month]-[day]")).ok()?;
    Some(day.next_day()?.midnight().assume_utc())
}

/// Returns the earliest time that these tags tell: when something was made.
pub(super) fn made(body: &Value, names: &[String]) -> Option<OffsetDateTime> {
    let said = names.iter().filter_map(|name| instant(tag(body, name)?));
    said.min()
}

/// Returns how old something is; what was made in the future, by another clock, is new.
pub fn age(made: OffsetDateTime, now: OffsetDateTime) -> Duration {
    Duration::try_from(now - made).unwrap_or_default()
}

/// Tells whether a version is of a line that this akstool is older than: it may have made what is
/// not known here.
pub fn is_newer(version: &str) -> bool {
    let line = |text: &str| -> Option<(u64, u64)> {
        let mut parts = text.trim().split(['.', '-', '+']).map(|part| part.parse().ok());
        Some((parts.next()??, parts.next().flatten().unwrap_or_default()))
    };
    line(version).zip(line(env!("CARGO_PKG_VERSION"))).is_some_and(|(theirs, ours)| theirs > ours)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_is_read_in_the_words_of_many_tools() {
        let noon = datetime!(2026-11-30 12:00 UTC);
        for text in [
            "2026-11-30T12:00:00Z",
            "2026-11-30T13:00:00+01:00",
            "2026-11-30t12:00:00.000z",
            "2026-11-30 12:00:00Z",
            " 2026-11-30T12:00:00 ",
            "2026-11-30T12:00:00.123456",
            "1796040000",
            "1796040000000",
        ] {
            assert_eq!(
                instant(text).map(|at| at.replace_nanosecond(0).unwrap()),
                Some(noon),
                "{text}"
            );
        }
        assert_eq!(instant("2026-11-30"), Some(datetime!(2026-12-01 0:00 UTC)), "to its end");
        for text in [
            "",
            "tomorrow",
            "4h",
            "30.11.2026",
            "2026-02-30",
            "12",
            "never",
            "99999999999999999999",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn of_several_times_the_latest_counts_and_a_word_before_all() {
        let body = |tags: Value| json!({ "tags": tags });
        let others = ["SkipAutoDeleteTill".to_owned()];
        let early = json!({ "AKSTOOL-expires": "2026-01-01T00:00:00Z" });
        assert_eq!(Expiry::of(&body(early), &[]).at(), Some(datetime!(2026-01-01 0:00 UTC)));
        let both = json!({ "akstool-expires": "2026-01-01T00:00:00Z", "SkipAutoDeleteTill": "2026-03-01" });
        assert_eq!(
            Expiry::of(&body(both.clone()), &others).at(),
            Some(datetime!(2026-03-02 0:00 UTC))
        );
        assert_eq!(Expiry::of(&body(both), &[]).at(), Some(datetime!(2026-01-01 0:00 UTC)));
        let odd = json!({ "akstool-expires": "soon", "SkipAutoDeleteTill": "2026-03-01" });
        assert!(
            matches!(Expiry::of(&body(odd), &others), Expiry::Unreadable { text, .. } if text == "soon")
        );
        assert_eq!(Expiry::of(&json!({}), &others), Expiry::Never);
    }

    #[test]
    fn a_later_line_is_newer_and_a_patch_is_not() {
        assert!(is_newer("99.0.0") && is_newer("0.99.0-rc.1"));
        assert!(!is_newer(env!("CARGO_PKG_VERSION")) && !is_newer("0.0.9") && !is_newer("new"));
        assert_eq!(
            age(datetime!(2026-03-02 0:00 UTC), datetime!(2026-03-01 0:00 UTC)),
            Duration::ZERO
        );
    }
}
