//! Values with a spelling of their own: an address range that may be left to akstool.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::{Range, RangeError};

/// An address range, or `auto` to have akstool choose a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cidr {
    /// akstool picks a range that collides with nothing it knows of.
    Auto,
    /// The range that is written; no host bits are set.
    Range(Range),
}

impl Cidr {
    /// Returns the range, or `None` for `auto`.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::Auto => None,
            Self::Range(range) => Some(range),
        }
    }

    /// Says whether the choice is left to akstool.
    pub fn is_auto(self) -> bool {
        self == Self::Auto
    }
}

impl FromStr for Cidr {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Range) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Range(range) => range.fmt(f),
        }
    }
}

impl Serialize for Cidr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Cidr {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cidr".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "cidr-or-auto" })
    }
}

/// A text of digits as it is written, a number or its text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, untagged)]
#[expect(dead_code, reason = "describes how digits are written; never built")]
pub(super) enum Digits {
    /// As a number.
    Number(u16),
    /// As text.
    Text(String),
}

/// Reads a list of texts of digits, which may be written as numbers.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    let written = Vec::<Written>::deserialize(deserializer)?;
    let text = |one| match one {
        Written::Number(number) => number.to_string(),
        Written::Text(text) => text,
    };
    Ok(written.into_iter().map(text).collect())
}

/// An address range as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "cidr"))]
#[expect(dead_code, reason = "describes how `Range` is written; never built")]
pub(super) struct CidrText(String);

/// Reads a list of ranges in which an address alone is the range of it.
pub(super) fn ranges<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Range>>, D::Error> {
    let written = Option::<Vec<String>>::deserialize(deserializer)?;
    let range = |text: &String| match Range::parse(text) {
        Err(RangeError::NoPrefix { alone, .. }) => Ok(alone),
        read => read.map_err(serde::de::Error::custom),
    };
    written.map(|all| all.iter().map(range).collect()).transpose()
}

/// An address or a range of them as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "address-or-cidr"))]
#[expect(dead_code, reason = "describes how `Range` is written; never built")]
pub(super) struct RangeText(String);

/// A GUID as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "guid"))]
#[expect(dead_code, reason = "describes how a GUID is written; never built")]
pub(super) struct GuidText(String);
