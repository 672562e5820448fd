//! What is asked of ARM and what it answers: plain values.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use azure_core::http::headers::Headers;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::ApiVersion;
use super::id::ResourceId;

/// The longest wait that a server is taken to mean; chosen: longer than anything here has patience
/// for, so that whatever asks for more is refused all the same, and waits can be added up.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The methods ARM knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
    /// Does.
    Post,
    /// Asks whether it exists.
    Head,
}

impl Method {
    /// Returns the word of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Post => "POST",
            Self::Head => "HEAD",
        }
    }

    /// Tells whether the method changes nothing.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// A resource, or what hangs below it.
    #[serde(rename_all = "camelCase")]
    ById {
        /// The resource, group or subscription.
        id: ResourceId,
        /// Empty, or the rest of the path with its slash: `/stop`, `/resources`.
        suffix: String,
        /// The version of the interface.
        api: ApiVersion,
        /// Further parameters, not yet percent-encoded.
        query: Vec<(String, String)>,
    },
    /// A URL that ARM gave us, used as it is: it may be signed.
    Verbatim(String),
}

impl Target {
    /// Returns the path without host and query, as errors and messages name it.
    pub fn path(&self) -> String {
        match self {
            Self::ById { id, suffix, .. } => format!("{id}{suffix}"),
            Self::Verbatim(url) => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| {
                    rest.find('/').map_or("/", |slash| &rest[slash..])
                });
                rest.split(['?', '#']).next().unwrap_or_default().to_owned()
            }
        }
    }
}

/// What must hold for a write to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Conditions {
    /// Nothing.
    #[default]
    None,
    /// `If-None-Match: *`: only if it does not exist yet.
    IfNoneMatchAny,
    /// `If-Match`: only if it still carries this etag.
    IfMatch(String),
}

/// One complete request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: Target,
    /// The JSON that is sent, if any.
    pub body: Option<Value>,
    /// What must hold for it to be done.
    pub conditions: Conditions,
}

impl Request {
    /// Returns an unconditional request without a body.
    pub fn new(method: Method, id: &ResourceId, suffix: &str, api: &ApiVersion) -> Self {
        let url = Target::ById {
            id: id.clone(),
            suffix: suffix.to_owned(),
            api: api.clone(),
            query: Vec::new(),
        };
        Self { method, url, body: None, conditions: Conditions::None }
    }

    /// Returns the request that reads a URL of ARM's own making.
    pub fn verbatim(url: &str) -> Self {
        let url = Target::Verbatim(url.to_owned());
        Self { method: Method::Get, url, body: None, conditions: Conditions::None }
    }

    /// Returns this request with a body.
    pub fn with_body(self, body: &Value) -> Self {
        Self { body: Some(body.clone()), ..self }
    }

    /// Returns this request without its body, as it is told of.
    pub fn bare(&self) -> Self {
        let (url, conditions) = (self.url.clone(), self.conditions.clone());
        Self { method: self.method, url, body: None, conditions }
    }

    /// Returns this request with a parameter in its query.
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        if let Target::ById { query, .. } = &mut self.url {
            query.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Returns this request under conditions.
    pub fn with_conditions(self, conditions: Conditions) -> Self {
        Self { conditions, ..self }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}

/// What ARM answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The JSON; `Null` when empty; a string when an error page is no JSON.
    pub body: Value,
}

impl Answer {
    /// Returns a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Tells whether the body names itself, as every resource of ARM's does.
    pub fn names_itself(&self) -> bool {
        self.body.get("id").is_some_and(Value::is_string)
    }

    /// Returns how long the server asks to wait, under any of the names it uses, in seconds,
    /// milliseconds or as a date (held against the answer's own `Date`, so that clocks that
    /// disagree do no harm).
    pub fn retry_after(&self) -> Option<Duration> {
        let millis = ["x-ms-retry-after-ms", "retry-after-ms"]
            .iter()
            .find_map(|name| whole(self.header(name)?))
            .map(Duration::from_millis);
        let asked = millis.or_else(|| {
            let text = self.header("retry-after")?;
            whole(text).map(Duration::from_secs).or_else(|| self.until(text))
        });
        asked.map(|asked| asked.min(LONGEST_WAIT))
    }

    /// Returns the server's time when it answered.
    pub fn date(&self) -> Option<time::OffsetDateTime> {
        http_date(self.header("date")?)
    }

    fn until(&self, date: &str) -> Option<Duration> {
        let then = http_date(date)?;
        Some((then - self.date()?).try_into().unwrap_or(Duration::ZERO))
    }
}

/// Returns headers with their names in lower case.
pub(crate) fn plain(headers: &Headers) -> BTreeMap<String, String> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_ascii_lowercase(), value.as_str().to_owned()))
        .collect()
}

/// Reads a number of seconds out of a message, as [`Answer::retry_after`] reads one of a header.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    whole(text).map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Reads a whole number; one that is too large to hold is the largest, for it asks for a long wait.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Reads the date of an HTTP header, `Tue, 15 Nov 1994 08:12:31 GMT`.
fn http_date(text: &str) -> Option<time::OffsetDateTime> {
    let text = text.trim().replace("GMT", "+0000");
    time::OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Answer { status: 429, headers, body: Value::Null }
    }

    #[test]
    fn the_wait_a_server_asks_for_is_read_in_all_its_forms() {
        let secs = |n| Some(Duration::from_secs(n));
        assert_eq!(answer(&[("retry-after", "17")]).retry_after(), secs(17));
        assert_eq!(answer(&[("x-ms-retry-after-ms", "2000")]).retry_after(), secs(2));
        let now = ("date", "Tue, 15 Nov 1994 08:12:31 GMT");
        assert_eq!(
            answer(&[now, ("retry-after", "Tue, 15 Nov 1994 08:13:01 GMT")]).retry_after(),
            secs(30)
        );
        assert_eq!(
            answer(&[now, ("retry-after", "Tue, 15 Nov 1994 08:00:00 GMT")]).retry_after(),
            secs(0)
        );
        assert_eq!(answer(&[("retry-after", "soon")]).retry_after(), None);
        assert_eq!(answer(&[]).retry_after(), None);
    }

    #[test]
    fn a_wait_without_measure_is_a_day() {
        let now = ("date", "Tue, 15 Nov 1994 08:12:31 GMT");
        for headers in [
            [now, ("retry-after", "86401")],
            [now, ("retry-after", "18446744073709551615")],
            [now, ("retry-after", "99999999999999999999999")],
            [now, ("x-ms-retry-after-ms", "18446744073709551615")],
            [now, ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")],
        ] {
            assert_eq!(answer(&headers).retry_after(), Some(LONGEST_WAIT), "{headers:?}");
        }
        for text in ["", "-1", "+1", "1.5"] {
            assert_eq!(answer(&[("retry-after", text)]).retry_after(), None, "{text}");
        }
    }

    #[test]
    fn a_request_is_named_by_method_and_path_only() {
        let request =
            Request::verbatim("https://management.azure.com/subscriptions/s/op/1?t=secret");
        assert_eq!(request.to_string(), "GET /subscriptions/s/op/1");
    }
}
