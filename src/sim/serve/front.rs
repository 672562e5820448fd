//! From an HTTP request to a [`Call`](super::super::Call) and from a [`Reply`] to an HTTP response.
//!
//! What a client may not do is refused here before the simulated ARM sees it: methods and paths
//! that are none, bodies that are too large or never end, tokens that are missing or bad.

use std::panic::AssertUnwindSafe;

use azure_core::Uuid;
use futures_util::FutureExt as _;
use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri, Version};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

mod kubernetes;
mod request;

use super::super::error::{Refusal, not_allowed};
use super::super::{Reply, Sim, Speed, TENANT};
use super::crowd::Seat;
use super::login::Login;
use super::metadata;
use super::settings::{Exchange, Heard, Settings};
use super::token::Refused;
use request::{Head, is_host, is_json, read, screen, told};

/// How often the Azure CLI and the SDKs ask for an operation that names no time, in seconds.
const CUSTOMARY: u32 = 30;

/// The connection is dropped on purpose: a scripted fault.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
pub(super) struct Dropped;

/// What stands between the network and the simulated ARM.
pub(super) struct Front {
    sim: Sim,
    login: Login,
    host: String,
    times: u32,
    heard: Option<Heard>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Front {
    /// Returns a front that is called `host` when a client does not say how it calls us.
    pub(super) fn new(sim: Sim, login: Login, host: String, settings: &Settings) -> Self {
        let times = match settings.speed {
            Some(Speed::Times(times)) => times.max(1),
            Some(Speed::Max) | None => 1,
        };
        Self { sim, login, host, times, heard: settings.heard.clone() }
    }

    /// Answers one request.
    pub(super) async fn answer<B>(
        &self,
        request: Request<B>,
        seat: &Seat,
    ) -> Result<Response<Full<Bytes>>, Dropped>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let start = Instant::now();
        seat.seen();
        let (parts, body) = request.into_parts();
        let is_modern = parts.version == Version::HTTP_2;
        let head = self.head(parts.method.as_str(), &parts.uri, parts.headers, is_modern);
        let attended = AssertUnwindSafe(self.attend(&head, body, seat)).catch_unwind().await;
        let is_broken = attended.is_err();
        let reply = match attended.unwrap_or_else(|_| Err(broken())) {
            Ok(reply) => reply,
            Err(refusal) => refused(&refusal),
        };
        if let Some(heard) = &self.heard {
            let path = told(&head.path, &head.query);
            let (method, status, took) = (head.method.clone(), reply.status, start.elapsed());
            heard(&Exchange { method, path, status, took, is_broken });
        }
        if reply.is_dropped() { Err(Dropped) } else { Ok(response(reply)) }
    }

    fn head(&self, method: &str, uri: &Uri, headers: HeaderMap, is_modern: bool) -> Head {
        let named = headers.get("host").and_then(|host| host.to_str().ok());
        let named = named.or_else(|| uri.authority().map(hyper::http::uri::Authority::as_str));
        let host = named.filter(|host| is_host(host)).unwrap_or(&self.host);
        let endpoint = format!("https://{host}");
        let query = uri.query().unwrap_or_default().to_owned();
        let (method, path) = (method.to_owned(), uri.path().to_owned());
        Head { method, path, query, headers, is_modern, endpoint }
    }

    async fn attend<B>(&self, head: &Head, body: B, seat: &Seat) -> Result<Reply, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        screen(head)?;
        if let Some(known) = about(head) {
            return known;
        }
        let bytes = read(body, head.manners()).await?;
        if kubernetes::asked(&head.path).is_some() {
            return Ok(kubernetes::answer(&self.sim, &self.login, head, &bytes));
        }
        let asked = super::asked::Asked {
            method: &head.method,
            path: &head.path,
            query: &head.query,
            body: &bytes,
            endpoint: &head.endpoint,
            identity_header: head.header("x-identity-header"),
            authorization: head.header("authorization"),
        };
        if let Some((status, body)) = self.login.answer(&asked) {
            return Ok(plain(status, body));
        }
        if let Err(reply) = self.admit(head) {
            return Ok(reply);
        }
        is_json(head, &bytes)?;
        let _busy = seat.busy();
        let reply = self.sim.answer(head.call(&bytes)).await;
        Ok(self.paced(head, reply))
    }

    /// Lets in who has a good token.
    fn admit(&self, head: &Head) -> Result<(), Reply> {
        let Some(given) = head.header("authorization") else {
            let text = "Authentication failed. The 'Authorization' header is missing.";
            return Err(unauthorized(head, "AuthenticationFailed", text));
        };
        let (scheme, token) = given.split_once(' ').unwrap_or((given, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            let text = "Authentication failed. The 'Authorization' header is provided in an \
                        invalid format.";
            return Err(unauthorized(head, "AuthenticationFailedInvalidHeader", text));
        }
        let mint = self.login.mint();
        match mint.check(token.trim(), |audience| self.is_audience(head, audience)) {
            Ok(()) => Ok(()),
            Err(Refused::Invalid) => Err(unauthorized(
                head,
                "InvalidAuthenticationToken",
                "The access token is invalid.",
            )),
            Err(Refused::Expired(end)) => {
                let text = format!(
                    "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
                    moment(end),
                    moment(mint.now())
                );
                Err(unauthorized(head, "ExpiredAuthenticationToken", &text))
            }
            Err(Refused::Audience(audience)) => {
                let text = format!(
                    "The access token has been obtained for wrong audience or resource \
                     '{audience}'. It should exactly match with one of the allowed audiences \
                     '{}','https://management.azure.com/'.",
                    head.endpoint
                );
                Err(unauthorized(head, "InvalidAuthenticationTokenAudience", &text))
            }
        }
    }

    fn is_audience(&self, head: &Head, audience: &str) -> bool {
        let audience = audience.trim_end_matches('/').to_ascii_lowercase();
        let own = format!("https://{}", self.host);
        audience == head.endpoint.to_ascii_lowercase()
            || audience == own.to_ascii_lowercase()
            || audience == "https://management.azure.com"
            || audience == "https://management.core.windows.net"
    }

    /// Makes the times of an answer true for a client in real time: `Retry-After` counts simulated
    /// seconds, and a client that is told nothing would wait 30 real ones.
    fn paced(&self, head: &Head, mut reply: Reply) -> Reply {
        if self.times == 1 || reply.is_dropped() {
            return reply;
        }
        let mut told = false;
        for (name, value) in &mut reply.headers {
            if name.eq_ignore_ascii_case("retry-after") {
                told = true;
                if let Ok(seconds) = value.parse::<u32>() {
                    *value = seconds.div_ceil(self.times).max(1).to_string();
                }
            }
        }
        if !told && goes_on(head, &reply) {
            let seconds = CUSTOMARY.div_ceil(self.times).max(1);
            reply.headers.push(("Retry-After".to_owned(), seconds.to_string()));
        }
        reply
    }
}

/// Answers what is asked about this cloud; `None` when something else is asked.
fn about(head: &Head) -> Option<Result<Reply, Refusal>> {
    // Terraform writes two slashes.
    let path = head.path.trim_matches('/');
    if !path.eq_ignore_ascii_case("metadata/endpoints") {
        return None;
    }
    if !["GET", "HEAD"].contains(&head.method.as_str()) {
        return Some(Err(not_allowed(&head.method, path)));
    }
    let pairs = head.query.split('&').filter_map(|pair| pair.split_once('='));
    let mut versions = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("api-version"));
    let Some((_, version)) = versions.next() else {
        return Some(Err(Refusal::arm(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )));
    };
    Some(match metadata::endpoints(&head.endpoint, version) {
        Ok(body) => Ok(plain(200, body)),
        Err(known) => Err(Refusal::arm(
            400,
            "InvalidApiVersionParameter",
            format!("The api-version is invalid. The supported versions are '{known}'."),
        )),
    })
}

/// Whether an answer says that something is still being done.
fn goes_on(head: &Head, reply: &Reply) -> bool {
    let begun = reply.headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case("azure-asyncoperation")
            || (reply.status == 202 && name.eq_ignore_ascii_case("location"))
    });
    let polled = head.path.to_ascii_lowercase().contains("/operations/");
    let status = reply.body.as_ref().and_then(|body| body.get("status")).and_then(Value::as_str);
    let running =
        status.is_some_and(|status| !["Succeeded", "Failed", "Canceled"].contains(&status));
    begun || (polled && reply.status == 200 && running)
}

fn unauthorized(head: &Head, code: &str, message: &str) -> Reply {
    let mut reply = refused(&Refusal::arm(401, code, message));
    let challenge = format!(
        "Bearer authorization_uri=\"{}/{TENANT}\", error=\"invalid_token\", \
         error_description=\"{}\"",
        head.endpoint,
        message.replace('"', "'")
    );
    reply.headers.push(("WWW-Authenticate".to_owned(), challenge));
    reply
}

/// What a request is answered that made us panic: Azure's words, and whose fault it is. What the
/// panic said stays with us, as it may repeat what was sent.
fn broken() -> Refusal {
    let text = "Encountered internal server error. The embedded Azure has a bug and could not \
                answer; nothing was changed.";
    Refusal::wrapped(500, "InternalServerError", text)
}

fn refused(refusal: &Refusal) -> Reply {
    let mut reply = plain(refusal.status, refusal.body());
    reply.headers.extend(refusal.headers());
    reply
}

fn plain(status: u16, body: Value) -> Reply {
    let id = Uuid::new_v4().to_string();
    let headers = [
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("x-ms-request-id", &id),
        ("X-Content-Type-Options", "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Reply { status, headers: headers.into(), body: Some(body) }
}

fn response(mut reply: Reply) -> Response<Full<Bytes>> {
    let headers = std::mem::take(&mut reply.headers);
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Full::new(Bytes::from(reply.into_bytes())));
    *response.status_mut() = status;
    for (name, value) in &headers {
        // The first a browser would remember for every server on this machine. The second is
        // simulated time, and every answer's date is that of life: a token ends by it, too.
        if ["strict-transport-security", "date"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn moment(seconds: u64) -> String {
    let at =
        i64::try_from(seconds).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
