//! `--trace`: one JSON object per HTTP exchange, with every secret replaced before it is written.
//!
//! Redaction ([`super::redact`]) is pure and comes first; the writer never sees the original.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::http::headers::Headers;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Body, Context, Request, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::clock::{self, Clock};
use super::error::innermost;
use super::redact::{self, Secrets};
use super::request::plain;

/// Appends exchanges to a file; clones write to the same one.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Mutex<Sink>>);

#[derive(Debug)]
struct Sink {
    file: File,
    /// Why it ends early; nothing is written from then on, so that what stands there has no gaps.
    trouble: Option<String>,
}

impl Writer {
    /// Opens a file for appending; a new one can be read by its owner only.
    pub fn append(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let sink = Sink { file: options.open(path)?, trouble: None };
        Ok(Self(Arc::new(Mutex::new(sink))))
    }

    /// Returns why exchanges are missing at the end, if any are.
    pub fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    /// Writes one object on a line of its own, in one piece, so that processes that share a file
    /// do not cut each other's lines. A disk that is full does not end the run.
    fn write(&self, exchange: &Value) {
        let line = format!("{exchange}\n");
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sink.trouble.is_some() {
            return;
        }
        if let Err(error) = sink.append(line.as_bytes()) {
            sink.trouble = Some(error.to_string());
        }
    }
}

impl Sink {
    fn append(&mut self, line: &[u8]) -> std::io::Result<()> {
        let mut written = 0;
        while written < line.len() {
            match self.file.write(&line[written..]) {
                Ok(0) => return Err(self.torn(written, std::io::ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.torn(written, error)),
            }
        }
        Ok(())
    }

    /// Takes the beginning of a line back whose end did not fit; a device has no length to cut.
    fn torn(&mut self, written: usize, error: std::io::Error) -> std::io::Error {
        let facts = self.file.metadata().ok().filter(|facts| written > 0 && facts.is_file());
        let before = facts.and_then(|facts| facts.len().checked_sub(written as u64));
        if let Some(before) = before {
            drop(self.file.set_len(before));
        }
        error
    }
}

/// One HTTP exchange: a line of a trace.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exchange<'a> {
    /// When it began, RFC 3339.
    date: &'a str,
    /// How long it took.
    duration_seconds: f64,
    /// The method.
    method: &'a str,
    /// The whole address, secrets replaced.
    url: String,
    /// What was sent along.
    #[schemars(with = "Map<String, Value>")]
    request_headers: Value,
    /// What was sent, as JSON where it is some.
    request_body: Value,
    /// The status; `null` where no answer came.
    status: Option<u16>,
    /// What came along.
    #[schemars(with = "Map<String, Value>")]
    headers: Value,
    /// What came, as JSON where it is some.
    response_body: Value,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Writes exchanges without the secrets in them.
#[derive(Clone, Debug)]
pub(crate) struct Pen {
    writer: Writer,
    clock: Clock,
    secrets: Secrets,
}

/// When an exchange began: on the clock that waits are measured on, and on the wall's.
pub(crate) struct Begun(Duration, String);

/// An answer whose body was read to its end.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) status: StatusCode,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

impl Whole {
    /// Reads an answer to its end.
    pub(crate) async fn of(result: PolicyResult) -> azure_core::Result<Self> {
        let (status, headers, body) = result?.deconstruct();
        let body = body.collect().await?;
        Ok(Self { status, headers, body })
    }

    /// Returns the answer as the pipeline has it.
    pub(crate) fn again(self) -> AsyncRawResponse {
        AsyncRawResponse::from_bytes(self.status, self.headers, self.body)
    }
}

/// Says what a trace shows of a body that went to an address or came from it.
pub(crate) type Shown = fn(&str, &[u8]) -> Value;

impl Pen {
    /// Returns what writes so; `secrets` are hidden wherever they stand.
    pub(crate) fn new(writer: Writer, clock: Clock, secrets: Secrets) -> Self {
        Self { writer, clock, secrets }
    }

    /// Returns what time it is for an exchange that begins now.
    pub(crate) fn begin(&self) -> Begun {
        Begun(self.clock.elapsed(), clock::wall().format(&Rfc3339).unwrap_or_default())
    }

    /// Writes an exchange that is over.
    pub(crate) fn tell(
        &self,
        begun: &Begun,
        request: &Request,
        answer: &azure_core::Result<Whole>,
        shown: Shown,
    ) {
        let seconds = self.clock.elapsed().saturating_sub(begun.0).as_secs_f64();
        let url = request.url().as_str();
        let body = |bytes: &[u8]| shown(url, &self.secrets.hide_bytes(bytes));
        let mut exchange = Exchange {
            date: &begun.1,
            duration_seconds: (seconds * 1000.0).round() / 1000.0,
            method: request.method().as_str(),
            url: redact::url(&self.secrets.hide(url)),
            request_headers: redact::headers(&plain(request.headers())),
            request_body: match request.body() {
                Body::Bytes(bytes) => body(bytes),
                Body::SeekableStream(_) => Value::Null,
            },
            status: None,
            headers: json!({}),
            response_body: Value::Null,
            error: None,
        };
        match answer {
            Ok(answer) => {
                exchange.status = Some(answer.status.into());
                exchange.headers = redact::headers(&plain(&answer.headers));
                exchange.response_body = body(&answer.body);
            }
            Err(error) => exchange.error = Some(innermost(error)),
        }
        let mut exchange = serde_json::to_value(exchange).unwrap_or_default();
        self.secrets.hide_in(&mut exchange);
        self.writer.write(&exchange);
    }
}

/// The stage of the pipeline that writes each exchange, tries and polls included.
#[derive(Debug)]
pub(crate) struct Tracing(pub(crate) Pen);

#[async_trait]
impl Policy for Tracing {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let begun = self.0.begin();
        let answer = Whole::of(next[0].send(ctx, request, &next[1..]).await).await;
        self.0.tell(&begun, request, &answer, redact::bytes);
        answer.map(Whole::again)
    }
}
