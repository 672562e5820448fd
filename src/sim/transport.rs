//! The simulated ARM as a transport of the Azure SDK's pipeline: no socket, no thread.

use std::collections::BTreeMap;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};

use super::{Call, Sim, kube};

/// Hands the SDK's requests to a [`Sim`].
#[derive(Clone, Debug)]
pub struct SimTransport(Sim);

impl SimTransport {
    /// Makes a transport to this simulated ARM.
    pub fn new(sim: Sim) -> Self {
        Self(sim)
    }
}

/// What the names of API servers in DNS have in common, whichever the cloud.
const API_SERVERS: &str = ".azmk8s.";

impl SimTransport {
    /// Asks a cluster's own API server, which knows whoever is in this process.
    fn api_server(
        &self,
        name: &str,
        request: &Request,
        body: &[u8],
    ) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url();
        let (method, path) = (request.method().to_string(), url.path().to_owned());
        let accept = request.headers().iter().find(|(name, _)| name.as_str() == "accept");
        let asked = kube::Request {
            method: &method,
            path: &path,
            query: url.query_pairs().map(|(key, value)| (key.into(), value.into())).collect(),
            accept: accept.map_or("", |(_, value)| value.as_str()),
            body,
        };
        let Some(reply) = self.0.api_server(name, &kube::Caller::Trusted, &asked, None) else {
            return Err(Error::with_message(ErrorKind::Io, "the API server does not answer"));
        };
        let mut headers = Headers::new();
        headers.insert("content-type", reply.kind);
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(reply.status), headers, reply.body))
    }
}

#[async_trait]
impl HttpClient for SimTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut headers = BTreeMap::new();
        for (name, value) in request.headers().iter() {
            headers.insert(name.as_str().to_ascii_lowercase(), value.as_str().to_owned());
        }
        if let Some(host) = request.url().host_str() {
            let port = request.url().port().map(|port| format!(":{port}")).unwrap_or_default();
            headers.insert("host".to_owned(), format!("{host}{port}"));
        }
        let Body::Bytes(body) = request.body() else {
            return Err(Error::with_message(ErrorKind::Io, "the embedded Azure takes no streams"));
        };
        if let Some(name) = request.url().host_str().filter(|host| host.contains(API_SERVERS)) {
            return self.api_server(name, request, body);
        }
        let call = Call {
            method: request.method().to_string(),
            path: request.path_and_query(),
            headers,
            body: body.to_vec(),
            passed_on: true,
        };
        let reply = self.0.answer(call).await;
        if reply.is_dropped() {
            return Err(Error::with_message(ErrorKind::Io, "connection closed before the answer"));
        }
        let mut headers = Headers::new();
        for (name, value) in &reply.headers {
            headers.insert(name.to_ascii_lowercase(), value.clone());
        }
        let status = StatusCode::from(reply.status);
        Ok(AsyncRawResponse::from_bytes(status, headers, reply.into_bytes()))
    }
}
