//! Whether an environment is due to be taken down, and if not why not. Pure.
//!
//! What carries no expiry is nobody's to take, unless an option asks for it; what is unclear stays.
//! The roll is judged first, to know what to look at, and the documents read under their own ids
//! once more: an environment that was extended since the list was made is spared.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Plan;
use super::lifetime::{Expiry, age, instant, is_newer};
use super::observed::{Inventory, tag};
use super::roll::{Aliases, Sighting, Standing};
use super::stays::Stays;
use super::step::Call;

/// How old what is half-made must be before it counts as left: a run that makes it may be under way.
/// Chosen: the longest of 265 recorded creations of a cluster took 23 minutes.
const ABANDONED: Duration = Duration::from_hours(1);

/// What `reap` is asked for.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Take what carries no expiry and is older than this.
    pub older_than: Option<Duration>,
    /// Take what carries no expiry and is left over: half-made, or nodes without a cluster.
    pub orphans: bool,
    /// Tags of other tools.
    pub aliases: Aliases,
}

/// Why an environment is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Because {
    /// Its time is up.
    Expired {
        /// Since when, RFC 3339.
        since: String,
    },
    /// A teardown of it was given up.
    TeardownFailed {
        /// When, as its tag says.
        at: String,
    },
    /// It is older than was asked for.
    Older {
        /// Since when it stands, RFC 3339.
        made: String,
    },
    /// It is left over.
    LeftOver,
}

/// Why one is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Spared {
    /// Its time is not up.
    NotYet {
        /// When it will be, RFC 3339.
        until: String,
    },
    /// It carries no expiry.
    NoExpiry,
    /// Its expiry is no time.
    Unreadable {
        /// The tag.
        tag: String,
        /// What it says.
        text: String,
    },
    /// A later akstool wrote it.
    Newer {
        /// Which.
        version: String,
    },
    /// It is going already.
    Going,
    /// Nobody knows how old it is.
    AgeUnknown,
}

impl Because {
    /// Returns the reason as a fragment of a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Expired { since } => format!("expired {since}"),
            Self::TeardownFailed { at } => format!("its teardown was given up {at}"),
            Self::Older { made } => format!("older than asked for: made {made}"),
            Self::LeftOver => "left over, and carries no expiry".to_owned(),
        }
    }
}

impl Spared {
    /// Returns the reason as a fragment of a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotYet { until } => format!("expires {until}"),
            Self::NoExpiry => "carries no expiry".to_owned(),
            Self::Unreadable { tag, text } => {
                format!("its tag `{tag}` says `{text}`, which is no time")
            }
            Self::Newer { version } => {
                format!("written by akstool {version}, which is newer than this one")
            }
            Self::Going => "is being deleted already".to_owned(),
            Self::AgeUnknown => "carries no expiry, and nobody knows its age".to_owned(),
        }
    }

    /// Tells whether it may have to go and cannot be judged: somebody should look.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Newer { .. } | Self::AgeUnknown)
    }
}

/// What bears on whether something is due.
struct Evidence<'a> {
    standing: Option<Standing>,
    expiry: &'a Expiry,
    torn: Option<&'a str>,
    made: Option<OffsetDateTime>,
    version: Option<&'a str>,
}

impl Rule {
    /// Judges what lists tell.
    pub fn of_sighting(&self, seen: &Sighting, now: OffsetDateTime) -> Result<Because, Spared> {
        if seen.standing == Standing::Going {
            return Err(Spared::Going);
        }
        self.judge(
            &Evidence {
                standing: Some(seen.standing),
                expiry: &seen.expiry,
                torn: seen.torn.as_deref(),
                made: seen.made,
                version: seen.version.as_deref(),
            },
            now,
        )
    }

    /// Judges what was read, where a list had said that it is due.
    pub fn of_inventory(
        &self,
        found: &Inventory,
        seen: &Sighting,
        now: OffsetDateTime,
    ) -> Result<Because, Spared> {
        let bodies = || found.owned.iter().map(|owned| &owned.body);
        let expiry = bodies().map(|body| Expiry::of(body, &self.aliases.expires));
        let text = |name: &str| bodies().find_map(|body| tag(body, name));
        self.judge(
            &Evidence {
                standing: Some(seen.standing),
                expiry: &expiry.fold(Expiry::Never, Expiry::or),
                torn: text(super::lifetime::TORN),
                made: seen.made,
                version: text(super::lifetime::VERSION),
            },
            now,
        )
    }

    fn judge(&self, facts: &Evidence<'_>, now: OffsetDateTime) -> Result<Because, Spared> {
        if let Some(version) = facts.version.filter(|version| is_newer(version)) {
            return Err(Spared::Newer { version: version.to_owned() });
        }
        if let Some(at) = facts.torn {
            return Ok(Because::TeardownFailed { at: at.to_owned() });
        }
        match facts.expiry {
            Expiry::At(at) if *at <= now => Ok(Because::Expired { since: told(*at) }),
            Expiry::At(at) => Err(Spared::NotYet { until: told(*at) }),
            Expiry::Unreadable { tag, text } => {
                Err(Spared::Unreadable { tag: tag.clone(), text: text.clone() })
            }
            Expiry::Never => self.unlimited(facts, now),
        }
    }

    /// Judges what carries no expiry.
    fn unlimited(&self, facts: &Evidence<'_>, now: OffsetDateTime) -> Result<Because, Spared> {
        let old = facts.made.map(|made| age(made, now));
        if let Some(older_than) = self.older_than {
            match (old, facts.made) {
                (Some(old), Some(made)) if old >= older_than => {
                    return Ok(Because::Older { made: told(made) });
                }
                (None, _) => return Err(Spared::AgeUnknown),
                _ => {}
            }
        }
        let is_left = match facts.standing {
            Some(Standing::Orphan) => true,
            Some(Standing::HalfMade) => old.is_some_and(|old| old >= ABANDONED),
            _ => false,
        };
        if self.orphans && is_left { Ok(Because::LeftOver) } else { Err(Spared::NoExpiry) }
    }
}

/// Returns the same plan, of which nothing is done to what was extended since it was made.
pub fn only_while_due(plan: &Plan) -> Plan {
    let steps = plan.steps.map(|_, step| {
        let mut step = step.clone();
        for call in &mut step.calls {
            match call {
                Call::Delete(deletion)
                | Call::DeleteEmpty(deletion, _)
                | Call::DeleteWhole { deletion, .. } => deletion.is_timed = true,
                Call::Put(_) | Call::Switch(_) | Call::AwaitGone(..) | Call::Await => {}
            }
        }
        step
    });
    // A sweep takes each environment by itself, as long as it is due: what others leave goes next time.
    Plan { steps, stays: Stays::Nothing, ..plan.clone() }
}

/// Returns a time as it is told.
pub fn told(at: OffsetDateTime) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC);
    utc.replace_nanosecond(0).unwrap_or(utc).format(&Rfc3339).unwrap_or_default()
}

/// Returns the earlier of two clocks: a machine whose clock is ahead must not take what Azure would
/// still leave.
pub fn earlier(mine: OffsetDateTime, azure: Option<OffsetDateTime>) -> OffsetDateTime {
    azure.map_or(mine, |azure| azure.min(mine))
}

/// Returns a tag's time in the words of a sentence, or what it says.
pub fn said(text: &str) -> String {
    instant(text).map_or_else(|| text.to_owned(), told)
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
