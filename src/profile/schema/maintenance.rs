//! The maintenance windows of a cluster: when Azure may work on it by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When Azure may work on the cluster by itself. A window that is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Maintenance {
    /// When AKS releases are rolled out: hours of the week, in UTC.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub default: Vec<Hours>,
    /// When `autoUpgrade` installs Kubernetes versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_upgrade: Option<Window>,
    /// When `nodeOsUpgrade` gives nodes their fixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_os: Option<Window>,
}

/// Hours of one day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hours {
    /// The day.
    pub day: Day,
    /// The hours that it may begin in, 0 to 23: `1` is from 01:00 to 02:00.
    #[schemars(length(min = 1, max = 24), inner(range(min = 0, max = 23)))]
    pub hours: Vec<u8>,
}

/// A window that comes again: every day, every week on a `day`, or every month on a `date` or on the
/// `day` of a `week`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// The day of the week. Without it and without `date`: every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// Which one of its month that day is; needs `day`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<Week>,
    /// The day of the month, 1 to 31.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31))]
    pub date: Option<u8>,
    /// Only every so many days (up to 7), weeks (up to 4) or months (up to 6). Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 7))]
    pub interval: Option<u8>,
    /// When it begins, such as `"01:30"`.
    #[schemars(extend("format" = "time-of-day"))]
    pub start: String,
    /// How many hours it lasts, 4 to 24.
    #[schemars(range(min = 4, max = 24))]
    pub hours: u8,
    /// How far the clock of `start` is from UTC, such as `"+01:00"`. Default: Azure's, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "utc-offset"))]
    pub utc_offset: Option<String>,
    /// The first day that it holds, such as `"2027-01-31"`. Default: Azure's, the day it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "day"))]
    pub start_date: Option<String>,
    /// Days on which nothing happens, such as `{ start: "2026-12-23", end: "2027-01-05" }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub not_allowed: Vec<Days>,
}

/// Days, the first and the last of which count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Days {
    /// The first day.
    #[schemars(extend("format" = "day"))]
    pub start: String,
    /// The last day.
    #[schemars(extend("format" = "day"))]
    pub end: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Which one of its month a day of the week is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the ordinals")]
pub enum Week {
    First,
    Second,
    Third,
    Fourth,
    Last,
}
