//! A whole run's wait behind the served front, in virtual time and without a socket: the login, the
//! client of ARM and the embedded Azure on one clock.

use std::sync::Mutex;
use std::time::Duration;

use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body as Sent, HttpClient, Request as Asked, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::super::Options;
use super::super::fault::Script;
use super::crowd::Crowd;
use super::*;
use crate::arm::cloud::Cloud;
use crate::arm::credential::{CredentialEnv, Login as Chain};
use crate::arm::{
    ApiVersion, Arm, Clock, Conditions, Method, Polling, Request, ResourceId, Secrets, Setup,
};

/// Carries requests to the front and keeps what each came to.
#[derive(Debug)]
struct Carrier {
    front: Front,
    log: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl HttpClient for Carrier {
    async fn execute_request(&self, asked: &Asked) -> azure_core::Result<AsyncRawResponse> {
        let url = asked.url();
        let mut request = hyper::Request::builder()
            .method(asked.method().to_string().as_str())
            .uri(asked.path_and_query())
            .header("host", format!("{}:1", url.host_str().unwrap()));
        for (name, value) in asked.headers().iter() {
            request = request.header(name.as_str(), value.as_str());
        }
        let Sent::Bytes(body) = asked.body() else { panic!("nobody sends streams") };
        let request = request.body(Full::new(Bytes::from(body.to_vec()))).unwrap();
        let seat = Crowd::new(1).join().unwrap();
        let answer = self.front.answer(request, &seat).await.unwrap();
        let (parts, body) = answer.into_parts();
        let kind = if url.path().contains("/oauth2/") { "token" } else { "arm" };
        self.log.lock().unwrap().push(format!("{} {kind}", parts.status.as_u16()));
        let mut headers = Headers::new();
        for (name, value) in &parts.headers {
            headers.insert(name.as_str().to_owned(), value.to_str().unwrap().to_owned());
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let status = StatusCode::from(parts.status.as_u16());
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}

/// A served Azure whose tokens live and die so, and a client that logged in to it.
fn stage(lifetime: Duration, revoked: Option<Duration>) -> (Arm, Arc<Carrier>) {
    let faults =
        json!({ "faults": [{ "method": "PUT", "path": "*/managedClusters/*", "extend": 2400 }] });
    let faults = Script::parse(&faults.to_string()).unwrap();
    let speed = Speed::Times(1);
    let sim = Sim::open(Options { speed, faults, ..Options::default() }).unwrap();
    let secret = "planted".to_owned();
    let mint = Mint::new(&secret, lifetime, revoked);
    let settings = Settings { speed: Some(speed), ..Settings::default() };
    let front = Front::new(sim, Login::new(secret, mint), "localhost:1".to_owned(), &settings);
    let carrier = Arc::new(Carrier { front, log: Mutex::default() });
    let cloud = Cloud::custom("https://localhost:1", Some("https://localhost:1")).unwrap();
    let env = CredentialEnv::read(|name| match name {
        "AZURE_TENANT_ID" => Some(TENANT.to_owned()),
        "AZURE_CLIENT_ID" => Some(CLIENT_ID.to_owned()),
        "AZURE_CLIENT_SECRET" => Some("planted".to_owned()),
        _ => None,
    });
    let transport = Arc::clone(&carrier) as Arc<dyn HttpClient>;
    let credential = Chain::new(env, cloud.clone(), Arc::clone(&transport), Arc::new(|_| ()));
    let arm = Arm::new(Setup {
        endpoint: cloud.endpoint().clone(),
        scope: cloud.scope(),
        credential,
        transport,
        clock: Clock::real(),
        trace: None,
        secrets: Secrets::default(),
        notices: None,
    });
    (arm.unwrap(), carrier)
}

/// Makes a cluster, which takes more than forty minutes here.
async fn wait(arm: &Arm) -> Duration {
    let group = ResourceId::resource_group("00000000-0000-0000-0000-000000000000", "g");
    let region = json!({ "location": "westeurope" });
    let api = ApiVersion::new("2024-11-01");
    arm.put(&group, &api, &region, Conditions::None).await.unwrap();
    let cluster = group.resource("Microsoft.ContainerService/managedClusters", "c");
    let body = json!({
        "location": "westeurope",
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "dnsPrefix": "c",
            "agentPoolProfiles": [
                { "name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D2s_v5" }
            ],
        },
    });
    let api = ApiVersion::new("2025-10-01");
    let request = Request::new(Method::Put, &cluster, "", &api).with_body(&body);
    let pace = Polling {
        first: Duration::from_secs(10),
        every: Duration::from_secs(20),
        give_up: Duration::from_hours(2),
    };
    let begun = tokio::time::Instant::now();
    let first = arm.send(request.clone()).await.unwrap();
    arm.follow(&request, first, &pace, &mut |_| ()).await.unwrap();
    let state = arm.get(&cluster, &api).await.unwrap().unwrap().body;
    assert_eq!(state.pointer("/properties/provisioningState"), Some(&Value::from("Succeeded")));
    begun.elapsed()
}

fn count(carrier: &Carrier, wanted: &str) -> usize {
    carrier.log.lock().unwrap().iter().filter(|line| *line == wanted).count()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_in_a_wait_of_forty_minutes_is_replaced_before_anybody_notices() {
    let (arm, carrier) = stage(Duration::from_mins(15), None);
    assert!(wait(&arm).await > Duration::from_mins(40));
    assert_eq!(count(&carrier, "401 arm"), 0);
    // Fifteen minutes less the margin of five: a token every ten.
    assert_eq!(count(&carrier, "200 token"), 5);
    assert_eq!(arm.counts().retried, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_in_such_a_wait_costs_one_call_and_one_token() {
    let (arm, carrier) = stage(Duration::from_hours(1), Some(Duration::from_mins(20)));
    assert!(wait(&arm).await > Duration::from_mins(40));
    assert_eq!(count(&carrier, "401 arm"), 1);
    assert_eq!(count(&carrier, "200 token"), 2);
    assert_eq!(arm.counts().retried, 1);
}
