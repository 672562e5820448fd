//! What ARM promises, as functions over a transport: here on the embedded Azure, in paused time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use akstool::arm::cloud::Cloud;
use akstool::arm::credential::SimCredential;
use akstool::arm::redact::Secrets;
use akstool::arm::{
    ApiVersion, Arm, Clock, Conditions, Counts, Error, Method, Notice, Polling, Request,
    ResourceId, Setup,
};
use akstool::sim::transport::SimTransport;
use akstool::sim::{Options, SUBSCRIPTION, Sim, Speed, fault};
use serde_json::{Value, json};

const GROUPS: ApiVersion = ApiVersion::new("2025-04-01");
const NETWORK: ApiVersion = ApiVersion::new("2025-07-01");
const AKS: ApiVersion = ApiVersion::new("2025-10-01");
const PACE: Polling = Polling {
    first: Duration::from_secs(2),
    every: Duration::from_secs(10),
    give_up: Duration::from_hours(2),
};

/// A client of the embedded Azure, and what it told while it waited.
struct Stage {
    arm: Arm,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Stage {
    /// Opens an empty world with trouble scripted as in `--sim-faults`.
    fn with(faults: &Value) -> Self {
        let faults = fault::Script::parse(&faults.to_string()).unwrap();
        let sim = Sim::open(Options { speed: Speed::Max, faults, ..Options::default() }).unwrap();
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let heard = Arc::clone(&notices);
        let cloud = Cloud::sim();
        let arm = Arm::new(Setup {
            endpoint: cloud.endpoint().clone(),
            scope: cloud.scope(),
            credential: SimCredential::shared(),
            transport: Arc::new(SimTransport::new(sim)),
            clock: Clock::real(),
            trace: None,
            secrets: Secrets::default(),
            notices: Some(Arc::new(move |notice| heard.lock().unwrap().push(notice))),
        });
        Self { arm: arm.unwrap(), notices }
    }

    fn new() -> Self {
        Self::with(&json!({ "faults": [] }))
    }

    /// Writes, follows, and returns the words Azure used on the way.
    async fn write(&self, request: Request) -> Result<Vec<String>, Error> {
        let first = self.arm.send(request.clone()).await?;
        let mut words: Vec<String> = Vec::new();
        let mut hear = |news: akstool::arm::Progress| words.push(news.phase);
        self.arm.follow(&request, first, &PACE, &mut hear).await?;
        words.dedup();
        Ok(words)
    }

    async fn group(&self) {
        self.arm
            .put(&group(), &GROUPS, &json!({ "location": "westeurope" }), Conditions::None)
            .await
            .unwrap();
    }

    async fn state(&self, id: &ResourceId, api: &ApiVersion) -> Option<String> {
        let answer = self.arm.get(id, api).await.unwrap()?;
        answer.body.pointer("/properties/provisioningState")?.as_str().map(str::to_owned)
    }
}

fn group() -> ResourceId {
    ResourceId::resource_group(SUBSCRIPTION, "g")
}

fn network() -> ResourceId {
    group().resource("Microsoft.Network/virtualNetworks", "v")
}

fn cluster() -> ResourceId {
    group().resource("Microsoft.ContainerService/managedClusters", "c")
}

fn put(id: &ResourceId, api: &ApiVersion, body: &Value) -> Request {
    Request::new(Method::Put, id, "", api).with_body(body)
}

fn put_network() -> Request {
    let body = json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    put(&network(), &NETWORK, &body)
}

fn put_cluster() -> Request {
    let body = json!({
        "location": "westeurope",
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "dnsPrefix": "c",
            "agentPoolProfiles": [
                { "name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D2s_v5" }
            ],
        },
    });
    put(&cluster(), &AKS, &body)
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_absent_and_not_an_error() {
    let stage = Stage::new();
    assert_eq!(stage.arm.get(&group(), &GROUPS).await.unwrap(), None);
    assert_eq!(stage.arm.get(&cluster(), &AKS).await.unwrap(), None);
    assert_eq!(stage.arm.delete(&network(), &NETWORK, Conditions::None).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_made_once_and_goes_with_all_it_holds() {
    let stage = Stage::new();
    let body = json!({ "location": "westeurope" });
    let made = stage.arm.put(&group(), &GROUPS, &body, Conditions::None).await.unwrap();
    let again = stage.arm.put(&group(), &GROUPS, &body, Conditions::None).await.unwrap();
    assert_eq!((made.status, again.status), (201, 200));
    stage.write(put_network()).await.unwrap();
    assert_eq!(stage.state(&network(), &NETWORK).await.as_deref(), Some("Succeeded"));
    stage.write(Request::new(Method::Delete, &group(), "", &GROUPS)).await.unwrap();
    assert_eq!(stage.arm.get(&group(), &GROUPS).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_version_is_refused_after_one_more_try() {
    let stage = Stage::new();
    stage.group().await;
    let error =
        stage.write(put(&network(), &ApiVersion::new("1999-01-01"), &json!({}))).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(400), Some("NoRegisteredProviderFound")));
    assert_eq!(stage.arm.counts().retried, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_tells_its_phases() {
    let stage = Stage::new();
    stage.group().await;
    let words = stage.write(put_cluster()).await.unwrap();
    assert!(words.iter().any(|word| word.starts_with("CreatingAgentPool")), "{words:?}");
    assert_eq!(words.last().map(String::as_str), Some("Succeeded"));
    assert_eq!(stage.state(&cluster(), &AKS).await.as_deref(), Some("Succeeded"));
}

#[tokio::test(start_paused = true)]
async fn of_two_creations_one_is_done() {
    let stage = Stage::new();
    stage.group().await;
    let create = put_cluster().with_conditions(Conditions::IfNoneMatchAny);
    stage.write(create.clone()).await.unwrap();
    let error = stage.write(create).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(412), Some("PreconditionFailed")));
}

#[tokio::test(start_paused = true)]
async fn a_second_write_waits_for_the_first() {
    let stage = Stage::new();
    stage.group().await;
    let first = stage.arm.send(put_cluster()).await.unwrap();
    assert_eq!(first.status, 201);
    let pool = json!({ "properties": { "mode": "User", "count": 1, "vmSize": "Standard_D2s_v5" } });
    stage.write(put(&cluster().child("agentPools", "p"), &AKS, &pool)).await.unwrap();
    let notices = stage.notices.lock().unwrap();
    let waits = notices
        .iter()
        .filter(|n| matches!(n, Notice::Held { says, .. } if says.ends_with("is in progress")));
    assert!(waits.count() >= 1, "{notices:?}");
    assert!(stage.arm.counts().write < 10, "{:?}", stage.arm.counts());
}

#[tokio::test(start_paused = true)]
async fn a_write_into_a_group_that_is_going_waits_until_it_is_gone() {
    let stage = Stage::new();
    stage.group().await;
    // A group that was made just now is believed to be on its way.
    stage.arm.clock().sleep(Duration::from_mins(5)).await;
    let delete = Request::new(Method::Delete, &group(), "", &GROUPS);
    stage.arm.send(delete).await.unwrap();
    let before = stage.arm.counts().write;
    let error = stage.write(put_network()).await.unwrap_err();
    assert_eq!(error.code(), Some("ResourceGroupNotFound"));
    let notices = stage.notices.lock().unwrap();
    assert_eq!(stage.arm.counts().write - before, 2, "{notices:?}");
    let wrong = notices.iter().filter(|n| matches!(n, Notice::Sent { status: 400, .. }));
    assert_eq!(wrong.count(), 0, "{notices:?}");
}

#[tokio::test(start_paused = true)]
async fn trouble_on_the_way_is_overcome() {
    let refusal = |status: u16, code: &str| json!({ "status": status, "body": { "error": { "code": code, "message": "m" } } });
    let stage = Stage::with(&json!({ "faults": [
        { "method": "PUT", "path": "*/virtualNetworks/v", "nth": 1, "throttle": 7 },
        { "method": "PUT", "path": "*/virtualNetworks/v", "nth": 2, "drop": "after" },
        { "method": "PUT", "path": "*/virtualNetworks/v", "nth": 3, "answer": refusal(503, "Busy") },
        { "method": "PUT", "path": "*/virtualNetworks/v", "nth": 4, "answer": refusal(409, "AnotherOperationInProgress") },
        { "path": "*/operations/*", "nth": 1, "drop": "before" },
        { "path": "*/operations/*", "nth": 2, "answer": refusal(502, "BadGatewayConnection") },
    ] }));
    stage.group().await;
    stage.write(put_network()).await.unwrap();
    assert_eq!(stage.state(&network(), &NETWORK).await.as_deref(), Some("Succeeded"));
    let Counts { retried, .. } = stage.arm.counts();
    assert!(retried >= 4, "{:?}", stage.notices.lock().unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_says_why() {
    let fail = json!({ "code": "AllocationFailed", "message": "no capacity", "after": 90 });
    let stage = Stage::with(&json!({ "faults": [
        { "method": "PUT", "path": "*/managedClusters/*", "fail": fail },
    ] }));
    stage.group().await;
    let error = stage.write(put_cluster()).await.unwrap_err();
    assert!(matches!(error, Error::OperationFailed { .. }), "{error}");
    assert_eq!(error.code(), Some("AllocationFailed"));
    assert_eq!(stage.state(&cluster(), &AKS).await.as_deref(), Some("Failed"));
}
