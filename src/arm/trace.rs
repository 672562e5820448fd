//! `--trace`: one JSON object per HTTP exchange, with every secret replaced before it is written.
//!
//! Redaction ([`super::redact`]) is pure and comes first; the writer never sees the original.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Body, Context, Request};
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::clock::{self, Clock};
use super::redact;
use super::wire::{innermost, plain};

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

/// The stage of the pipeline that writes each exchange, tries and polls included.
#[derive(Debug)]
pub(crate) struct Tracing {
    writer: Writer,
    clock: Clock,
}

impl Tracing {
    /// Returns the stage.
    pub(crate) fn new(writer: Writer, clock: Clock) -> Self {
        Self { writer, clock }
    }
}

#[async_trait]
impl Policy for Tracing {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let begun = self.clock.elapsed();
        let date = clock::wall().format(&Rfc3339).unwrap_or_default();
        let result = next[0].send(ctx, request, &next[1..]).await;
        let seconds = self.clock.elapsed().saturating_sub(begun).as_secs_f64();
        let url = request.url().as_str();
        let mut exchange = json!({
            "date": date,
            "durationSeconds": (seconds * 1000.0).round() / 1000.0,
            "method": request.method().as_str(),
            "url": redact::url(url),
            "requestHeaders": redact::headers(&plain(request.headers())),
            "requestBody": match request.body() {
                Body::Bytes(bytes) => redact::bytes(url, bytes),
                Body::SeekableStream(_) => Value::Null,
            },
        });
        let (rest, result) = read(url, result).await;
        if let Value::Object(exchange) = &mut exchange {
            exchange.extend(rest);
        }
        self.writer.write(&exchange);
        result
    }
}

/// Reads a whole answer and returns it again, with what a trace says about it.
async fn read(url: &str, result: PolicyResult) -> (Map<String, Value>, PolicyResult) {
    let (status, headers, body) = match result {
        Ok(answer) => answer.deconstruct(),
        Err(error) => return (no_answer(&error), Err(error)),
    };
    let bytes = match body.collect().await {
        Ok(bytes) => bytes,
        Err(error) => return (no_answer(&error), Err(error)),
    };
    let said = json!({
        "status": u16::from(status),
        "headers": redact::headers(&plain(&headers)),
        "responseBody": redact::bytes(url, &bytes),
    });
    let Value::Object(said) = said else {
        return (Map::new(), Ok(AsyncRawResponse::from_bytes(status, headers, bytes)));
    };
    (said, Ok(AsyncRawResponse::from_bytes(status, headers, bytes)))
}

fn no_answer(error: &azure_core::Error) -> Map<String, Value> {
    let mut said = Map::new();
    said.insert("status".to_owned(), Value::Null);
    said.insert("headers".to_owned(), json!({}));
    said.insert("responseBody".to_owned(), Value::Null);
    said.insert("error".to_owned(), Value::String(innermost(error)));
    said
}
