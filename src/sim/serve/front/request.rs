//! A request as it comes in: its head, its body in bounds, and what is none of either.

use std::collections::BTreeMap;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes};
use hyper::header::HeaderMap;
use tokio::time::{Instant, timeout_at};

use super::super::super::Call;
use super::super::super::error::Refusal;

/// The largest body ARM takes, in bytes
/// (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
pub(super) const LARGEST: usize = 4 * 1024 * 1024;

/// How much more is read and thrown away, so that the client gets to read why: one that is still
/// sending when the connection closes sees a reset.
const TOLERATED: usize = 64 * 1024 * 1024;

/// The longest path and query that is read; chosen, eight times the longest signed URL of an
/// operation. An address of more than 65,534 characters is none to the HTTP library: over HTTP/1.1
/// it answers 414 with an empty body, as it does 400 and 431 to a head that cannot be parsed, and
/// over HTTP/2 it resets that one stream.
const LONGEST: usize = 32 * 1024;

/// How large all headers together may be, names and values; no limit of ARM's is documented, so
/// chosen: that of ASP.NET's own server (learn.microsoft.com, `MaxRequestHeadersTotalSize`).
pub(super) const LARGEST_HEADERS: usize = 32 * 1024;

/// How long a body may take; chosen: 4 MB in that time is a slow line of one megabit a second.
const BODY: Duration = Duration::from_secs(30);

/// A request's head, read.
pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Whether it came over HTTP/2.
    pub(super) is_modern: bool,
    /// Scheme and host as the client calls us.
    pub(super) endpoint: String,
}

/// What a client does once it is answered before it has sent its body.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Manners {
    /// Sends on, and sees a reset when the connection closes on it.
    SendsOn,
    /// Waits to be asked for the body, and so may be told at once.
    Asks,
    /// Sees an error of its stream unless all of its body was taken.
    WantsAllTaken,
}

impl Head {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn manners(&self) -> Manners {
        match (self.headers.contains_key("expect"), self.is_modern) {
            (true, _) => Manners::Asks,
            (false, true) => Manners::WantsAllTaken,
            (false, false) => Manners::SendsOn,
        }
    }

    pub(super) fn call(&self, body: &[u8]) -> Call {
        let mut headers = BTreeMap::new();
        for (name, value) in &self.headers {
            if let Ok(value) = value.to_str()
                && name != "authorization"
            {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        let host = self.endpoint.trim_start_matches("https://").to_owned();
        headers.insert("host".to_owned(), host);
        let path = match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        };
        Call { method: self.method.clone(), path, headers, body: body.to_vec(), passed_on: true }
    }
}

/// Refuses a body that says it is something else than JSON, or does not say what it is
/// (github.com/Azure/azure-cli/issues/10143).
pub(super) fn is_json(head: &Head, body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() || ["GET", "HEAD", "DELETE"].contains(&head.method.as_str()) {
        return Ok(());
    }
    let said = head.header("content-type").and_then(|said| said.split(';').next());
    let kind = said.map(str::trim).filter(|kind| !kind.is_empty());
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    let kind = kind.unwrap_or("<null>");
    let text = format!(
        "The content media type '{kind}' is not supported. Only 'application/json' is supported."
    );
    Err(Refusal::arm(415, "UnsupportedMediaType", text))
}

/// Path and query as they may be told: of what could be a secret, or a signature, the name alone.
pub(super) fn told(path: &str, query: &str) -> String {
    const PLAIN: [&str; 9] = [
        "api-version",
        "$filter",
        "$top",
        "$expand",
        "$select",
        "$skiptoken",
        "server-fqdn",
        "resource",
        "format",
    ];
    if query.is_empty() {
        return path.to_owned();
    }
    let shown = query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = name.replace("%24", "$").to_ascii_lowercase();
        if value.is_empty() || PLAIN.contains(&plain.as_str()) {
            return pair.to_owned();
        }
        format!("{name}=…")
    });
    format!("{path}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// Refuses what is no request to ARM at all.
pub(super) fn screen(head: &Head) -> Result<(), Refusal> {
    if !["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"].contains(&head.method.as_str()) {
        let text = format!("The HTTP method '{}' is not supported.", shorten(&head.method));
        return Err(Refusal::arm(405, "HttpMethodNotAllowed", text));
    }
    if head.path.len() + head.query.len() > LONGEST {
        let text = format!("The request URI is longer than {LONGEST} characters.");
        return Err(Refusal::arm(414, "RequestUriTooLong", text));
    }
    let sizes = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    if sizes.sum::<usize>() > LARGEST_HEADERS {
        let text = format!("The request headers are larger than {LARGEST_HEADERS} bytes.");
        return Err(Refusal::arm(431, "RequestHeaderFieldsTooLarge", text));
    }
    if !head.path.starts_with('/') || !is_encoded(&head.path) || !is_encoded(&head.query) {
        let text = "The request URI is not valid: its percent-encoding must give UTF-8 without \
                    control characters.";
        return Err(Refusal::arm(400, "InvalidRequestUri", text));
    }
    Ok(())
}

/// Whether every `%` begins an encoded byte, and all together are text.
fn is_encoded(text: &str) -> bool {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    let digit = |bytes: &mut std::str::Bytes<'_>| {
        bytes
            .next()
            .and_then(|byte| char::from(byte).to_digit(16))
            .and_then(|d| u8::try_from(d).ok())
    };
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (digit(&mut bytes), digit(&mut bytes)) else { return false };
        decoded.push(high * 16 + low);
    }
    std::str::from_utf8(&decoded).is_ok_and(|text| !text.chars().any(char::is_control))
}

pub(super) fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() < 300
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

/// Reads a body, in bounds.
pub(super) async fn read<B>(mut body: B, manners: Manners) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let deadline = Instant::now() + BODY;
    let too_large = || {
        let text = format!("The request content size exceeds the maximum size of {LARGEST} bytes.");
        Refusal::arm(413, "RequestContentTooLarge", text)
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    // Who asks before sending is told at once; so is who would send more than we throw away.
    if (announced > TOLERATED && manners == Manners::SendsOn)
        || (announced > LARGEST && manners == Manners::Asks)
    {
        return Err(too_large());
    }
    let mut whole = Vec::with_capacity(announced.min(LARGEST));
    let mut length = 0_usize;
    loop {
        let Ok(next) = timeout_at(deadline, body.frame()).await else {
            let text = "The request content did not arrive in time.";
            return Err(Refusal::arm(408, "RequestTimeout", text));
        };
        let Some(frame) = next else { break };
        let Ok(frame) = frame else {
            let text = "The request content was invalid and could not be read to its end.";
            return Err(Refusal::arm(400, "InvalidRequestContent", text));
        };
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > TOLERATED && manners != Manners::WantsAllTaken {
            break;
        }
        if length <= LARGEST {
            whole.extend_from_slice(&data);
        }
    }
    if length > LARGEST { Err(too_large()) } else { Ok(Bytes::from(whole)) }
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}
