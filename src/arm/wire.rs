//! One request over the Azure SDK's pipeline, one answer back; no second tries, no waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::credentials::{TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::request::Request as HttpRequest;
use azure_core::http::{
    ClientMethodOptions, ClientOptions, Context, HttpClient, Pipeline, PipelineSendOptions,
    RawResponse, RetryOptions, Transport, Url,
};
use serde_json::Value;

use super::clock::Clock;
use super::error::{Error, clean, innermost};
use super::login::{Attempt, Cause, LoginError, Renew};
use super::redact::Secrets;
use super::request::{Answer, Conditions, Method, Request, Target, plain};
use super::trace;
use crate::json;

/// The hosts of ARM in Azure's clouds; regions lie under them.
const CLOUDS: [&str; 3] =
    ["management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn"];

/// Why no answer came.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection was never made, so nothing was done.
    NoConnection(String),
    /// The connection broke, so something may have been done.
    Broken(String),
    /// Trying again is no use.
    Final(Error),
}

/// The count of requests that this one belongs to: it is sent once there is a token for it.
#[derive(Clone, Debug)]
pub(crate) struct Sent(pub(crate) Arc<AtomicU64>);

/// The pipeline and the endpoint it leads to.
#[derive(Debug)]
pub(crate) struct Wire {
    pipeline: Pipeline,
    endpoint: Url,
    secrets: Secrets,
}

impl Wire {
    /// Builds the pipeline: request id, user agent, token, trace, transport.
    pub(crate) fn new(
        endpoint: Url,
        scope: String,
        credential: Arc<dyn TokenCredential>,
        transport: Arc<dyn HttpClient>,
        clock: Clock,
        trace: Option<trace::Writer>,
        secrets: Secrets,
    ) -> Result<Self, Error> {
        if endpoint.scheme() != "https" || endpoint.host_str().is_none() {
            let why = "does not begin with `https://`, and tokens are sent to no other".to_owned();
            return Err(Error::Url { url: endpoint.to_string(), why });
        }
        let bearer = Bearer { credential, scope, secrets: secrets.clone() };
        let mut per_try: Vec<Arc<dyn Policy>> = vec![Arc::new(bearer)];
        if let Some(writer) = trace {
            let pen = trace::Pen::new(writer, clock, secrets.clone());
            per_try.push(Arc::new(trace::Tracing(pen)));
        }
        let options = ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(Transport::new(transport)),
            ..ClientOptions::default()
        };
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            Vec::new(),
            per_try,
            None,
        );
        Ok(Self { pipeline, endpoint, secrets })
    }

    /// Returns the URL of ARM.
    pub(crate) fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Sends a request once; `renew` asks for a new token first, `sent` is raised once there is one.
    pub(crate) async fn send(
        &self,
        request: &Request,
        renew: bool,
        sent: Sent,
    ) -> Result<Answer, Failure> {
        let mut http = self.build(request).map_err(Failure::Final)?;
        let mut context = Context::new();
        context.insert(sent);
        if renew {
            context.insert(Renew);
        }
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        match self.pipeline.send(&context, &mut http, Some(options)).await {
            Ok(raw) => {
                let mut answer = decode(request, raw).map_err(Failure::Final)?;
                self.silence(&mut answer);
                Ok(answer)
            }
            Err(error) => Err(failure(request, &error, &self.secrets)),
        }
    }

    /// Takes what we log in with out of what Azure says. Resources are left as they are: they are
    /// held against the profile, and written again.
    fn silence(&self, answer: &mut Answer) {
        if answer.status >= 400 {
            self.secrets.hide_in(&mut answer.body);
        } else if let Some(error) = answer.body.get_mut("error") {
            self.secrets.hide_in(error);
        }
    }

    /// Returns the URL of a target. A URL that ARM gave us is kept as it is, and must lead to the
    /// same ARM (or to a region of it): our token goes along.
    pub(crate) fn url(&self, target: &Target) -> Result<Url, Error> {
        match target {
            Target::ById { id, suffix, api, query } => {
                let base = self.endpoint.as_str().trim_end_matches('/');
                let mut url = parse(&format!("{base}{id}{suffix}"))?;
                let mut pairs = url.query_pairs_mut();
                pairs.append_pair("api-version", api.as_str());
                pairs.extend_pairs(query);
                drop(pairs);
                // ARM reads both, but `$filter` and `%20` are what its own clients send.
                let spelt = url.query().unwrap_or_default().replace('+', "%20").replace("%24", "$");
                url.set_query(Some(&spelt));
                Ok(url)
            }
            Target::Verbatim(text) => {
                let url = if text.starts_with('/') {
                    self.endpoint.join(text).map_err(|_| odd_url(text, "is no URL"))?
                } else {
                    parse(text)?
                };
                if self.leads_home(&url) {
                    Ok(url)
                } else {
                    Err(odd_url(
                        text,
                        "leads away from Azure Resource Manager; it gets no token of ours",
                    ))
                }
            }
        }
    }

    fn leads_home(&self, url: &Url) -> bool {
        leads_home(&self.endpoint, url)
    }

    fn build(&self, request: &Request) -> Result<HttpRequest, Error> {
        let mut http = HttpRequest::new(self.url(&request.url)?, method(request.method));
        http.insert_header("accept", "application/json");
        match &request.conditions {
            Conditions::None => {}
            Conditions::IfNoneMatchAny => http.insert_header("if-none-match", "*"),
            Conditions::IfMatch(etag) => http.insert_header("if-match", etag.clone()),
        }
        if let Some(body) = &request.body {
            http.insert_header("content-type", "application/json");
            http.set_body(body.to_string().into_bytes());
        }
        Ok(http)
    }
}

/// Puts the token on a request; passes on the wish for a new one.
///
/// The SDK's own policy keeps a token of its own beside the credential's and measures its age on the
/// system's clock alone; here the credential keeps it.
#[derive(Debug)]
struct Bearer {
    credential: Arc<dyn TokenCredential>,
    scope: String,
    secrets: Secrets,
}

#[async_trait::async_trait]
impl Policy for Bearer {
    async fn send(
        &self,
        context: &Context,
        request: &mut HttpRequest,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if request.url().scheme() != "https" {
            let message = "tokens are sent over `https://` alone";
            return Err(azure_core::Error::with_message(ErrorKind::Credential, message));
        }
        let method_options = ClientMethodOptions { context: context.to_borrowed() };
        let options = TokenRequestOptions { method_options };
        let token = self.credential.get_token(&[&self.scope], Some(options)).await?;
        self.secrets.add(token.token.secret());
        if let Some(Sent(count)) = context.value() {
            count.fetch_add(1, Ordering::Relaxed);
        }
        request.insert_header("authorization", format!("Bearer {}", token.token.secret()));
        let Some((first, rest)) = next.split_first() else {
            let message = "the pipeline ends without a transport";
            return Err(azure_core::Error::with_message(ErrorKind::Other, message));
        };
        first.send(context, request, rest).await
    }
}

/// Tells whether a URL leads to the same cloud: to our endpoint or a region of it, and where we ask a
/// region, to its cloud and that cloud's other regions.
fn leads_home(endpoint: &Url, url: &Url) -> bool {
    let (Some(theirs), Some(ours)) = (url.host_str(), endpoint.host_str()) else {
        return false;
    };
    let lies_in = |host: &str, home: &str| {
        host.strip_suffix(home).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let cloud = CLOUDS.iter().copied().find(|cloud| lies_in(ours, cloud));
    url.scheme() == "https"
        && lies_in(theirs, cloud.unwrap_or(ours))
        && url.port_or_known_default() == endpoint.port_or_known_default()
}

fn decode(request: &Request, raw: RawResponse) -> Result<Answer, Error> {
    let (status, headers, body) = raw.deconstruct();
    let status = u16::from(status);
    let bytes: &[u8] = body.as_ref();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let body = if bytes.trim_ascii().is_empty() {
        Value::Null
    } else {
        match json::read(bytes) {
            Ok(value) => value,
            Err(_) if status >= 300 => Value::String(String::from_utf8_lossy(bytes).into_owned()),
            Err(error) => {
                let what = format!("a body that is no JSON ({error})");
                return Err(Error::Odd { status, request: request.to_string(), what });
            }
        }
    };
    Ok(Answer { status, headers: plain(&headers), body })
}

fn failure(request: &Request, error: &azure_core::Error, secrets: &Secrets) -> Failure {
    let reason = secrets.hide(&innermost(error));
    match error.kind() {
        // A certificate that is refused now is refused the next time too.
        ErrorKind::Connection if reason.contains("certificate") => {
            Failure::Final(Error::Unreachable { request: request.to_string(), reason })
        }
        ErrorKind::Connection => Failure::NoConnection(reason),
        ErrorKind::Io => Failure::Broken(reason),
        ErrorKind::Credential => {
            let login = error.downcast_ref::<LoginError>();
            let attempts = login.map(|login| login.attempts.as_slice()).unwrap_or_default();
            let attempts = attempts.iter().map(|attempt| Attempt {
                name: attempt.name,
                reason: secrets.hide(&attempt.reason),
            });
            let attempts = attempts.collect();
            let cause = login.map_or(Cause::Refused, |login| login.cause);
            Failure::Final(Error::Credential { reason, attempts, cause })
        }
        _ => Failure::Final(Error::Transport { request: request.to_string(), reason }),
    }
}

fn parse(text: &str) -> Result<Url, Error> {
    Url::parse(text).map_err(|_| odd_url(text, "is no URL"))
}

fn odd_url(url: &str, why: &str) -> Error {
    let url = url.split('?').next().unwrap_or_default();
    Error::Url { url: clean(url), why: why.to_owned() }
}

fn method(method: Method) -> azure_core::http::Method {
    match method {
        Method::Get => azure_core::http::Method::Get,
        Method::Put => azure_core::http::Method::Put,
        Method::Patch => azure_core::http::Method::Patch,
        Method::Delete => azure_core::http::Method::Delete,
        Method::Post => azure_core::http::Method::Post,
        Method::Head => azure_core::http::Method::Head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_followed_within_one_cloud_and_nowhere_else() {
        let leads = |from: &str, to: &str| {
            let url = |text: &str| Url::parse(text).unwrap();
            leads_home(&url(&format!("https://{from}")), &url(&format!("{to}/x")))
        };
        let (arm, west) = ("management.azure.com", "westeurope.management.azure.com");
        for (from, to) in [
            (arm, "https://westeurope.management.azure.com"),
            (west, "https://management.azure.com"),
            (west, "https://northeurope.management.azure.com"),
            ("management.usgovcloudapi.net", "https://management.usgovcloudapi.net"),
            ("arm.test:8443", "https://arm.test:8443"),
        ] {
            assert!(leads(from, to), "{from} to {to}");
        }
        for (from, to) in [
            (arm, "http://management.azure.com"),
            (arm, "https://management.azure.com:8443"),
            (arm, "https://management.azure.com.evil.test"),
            (arm, "https://evilmanagement.azure.com"),
            (west, "https://azure.com"),
            (west, "https://management.usgovcloudapi.net"),
            ("west.arm.test", "https://arm.test"),
        ] {
            assert!(!leads(from, to), "{from} to {to}");
        }
    }
}
