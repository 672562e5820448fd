//! Fleets under Azure's documented limits: nothing is refused for its rate, nothing waits long
//! after it is done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use akstool::arm::client::Arm;
use akstool::arm::clock::Clock;
use akstool::arm::id::ResourceId;
use akstool::event::Ending;
use akstool::profile::schema::Profile;
use akstool::sim::fault::Script;
use akstool::sim::transport::SimTransport;
use akstool::sim::{self, Sim, Speed};
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use futures_util::future::join_all;
use serde_json::Value;
use tempfile::TempDir;

use super::support::{World, in_virtual_time, profile, setup};

/// One exchange: when the request left, and what came of it.
#[derive(Clone, Debug)]
struct Exchange {
    at: Duration,
    path: String,
    status: u16,
}

impl Exchange {
    /// The id of the operation whose status was asked for, and its provider.
    fn polls(&self) -> Option<(&str, &str)> {
        let (_, rest) = self.path.split_once("/providers/")?;
        let mut segments = rest.split('/');
        let provider = segments.next()?;
        let id = segments.nth(3).filter(|_| rest.contains("/operations/"))?;
        Some((id, provider))
    }
}

/// The embedded Azure as a transport that notes every exchange.
#[derive(Debug)]
struct Watched {
    sim: SimTransport,
    clock: Clock,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

#[async_trait::async_trait]
impl HttpClient for Watched {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let at = self.clock.elapsed();
        let answer = self.sim.execute_request(request).await?;
        self.seen.lock().expect("nobody panics with it").push(Exchange {
            at,
            path: request.url().path().to_owned(),
            status: u16::from(answer.status()),
        });
        Ok(answer)
    }
}

/// An operation that ended, and how much later that was noticed.
#[derive(Debug)]
struct Noticed {
    kind: String,
    took: Duration,
    late: Duration,
}

impl Noticed {
    fn is_of(&self, provider: &str) -> bool {
        self.kind.starts_with(provider)
    }
}

/// A world whose traffic is watched; kept in a file where its operations are to be read.
struct Stage {
    world: World,
    kept: Option<TempDir>,
    clock: Clock,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

/// A client whose traffic is noted.
fn watched(sim: &Sim, clock: Clock, seen: &Arc<Mutex<Vec<Exchange>>>) -> Arm {
    let transport = Watched { sim: SimTransport::new(sim.clone()), clock, seen: Arc::clone(seen) };
    Arm::new(setup(Arc::new(transport))).expect("the scenario holds")
}

impl Stage {
    fn new(script: &str, kept: Option<TempDir>) -> Self {
        let options = sim::Options {
            state: kept.as_ref().map(|folder| folder.path().join("sim.json")),
            speed: Speed::Max,
            faults: Script::parse(script).expect("the script holds"),
            ..sim::Options::default()
        };
        let sim = Sim::open(options).expect("a fresh world");
        let (clock, seen) = (Clock::real(), Arc::default());
        let arm = watched(&sim, clock, &seen);
        Self { world: World { sim, arm }, kept, clock, seen }
    }

    /// Brings every environment up at once and returns what was sent.
    async fn up(&self, fleet: &[Profile]) -> Vec<Exchange> {
        for outcome in join_all(fleet.iter().map(|profile| self.world.up(profile))).await {
            assert_eq!((outcome.result, outcome.failed), (Ending::Succeeded, Vec::new()));
        }
        self.seen.lock().expect("nobody panics with it").clone()
    }

    /// Another run on the same world, which knows nothing of the first.
    fn second(&self) -> World {
        let sim = self.world.sim.clone();
        World { arm: watched(&sim, self.clock, &self.seen), sim }
    }

    /// Every operation there was: by id what it was about, how long it took and when it ended.
    fn operations(&self) -> BTreeMap<String, (String, Duration, Duration)> {
        let folder = self.kept.as_ref().expect("a world that is kept");
        // The state file is a journal: what an operation came to is what its last line says.
        let lines = state(folder.path());
        let all = lines.iter().flat_map(|line| line["operations"].as_array().into_iter().flatten());
        all.map(|operation| {
            let number = |field: &str| operation[field].as_u64().expect("a time");
            let text = |field: &str| operation[field].as_str().expect("a text").to_owned();
            let ended = Duration::from_millis(number("ends") - DAWN);
            let took = Duration::from_millis(number("ends") - number("started"));
            (text("id"), (text("target"), took, ended))
        })
        .collect()
    }

    /// How long after its end each operation was noticed.
    fn noticed(&self, seen: &[Exchange]) -> Vec<Noticed> {
        let mut last: BTreeMap<&str, Duration> = BTreeMap::new();
        for exchange in seen {
            if let Some((id, _)) = exchange.polls() {
                last.insert(id, exchange.at);
            }
        }
        let operations = self.operations();
        let of = |(id, at): (&str, Duration)| {
            let (target, took, ended) = operations[id].clone();
            let kind = ResourceId::parse(&target).expect("an id").resource_type();
            Noticed { kind, took, late: at.saturating_sub(ended) }
        };
        last.into_iter().map(of).collect()
    }
}

/// The lines of the state file.
fn state(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("sim.json")).expect("the state file");
    let texts = text.lines().map(|line| line.split_once('\t').expect("a checksum").0);
    texts.map(|text| serde_json::from_str(text).expect("a line holds JSON")).collect()
}

fn fleet(name: &str, count: usize) -> Vec<Profile> {
    let numbered = |number: usize| {
        let mut profile = profile(name);
        profile.metadata.name = format!("env-{number:02}");
        profile
    };
    (0..count).map(numbered).collect()
}

/// The most questions of a kind that any span of time saw.
fn most_within(times: &[Duration], span: Duration) -> usize {
    let within =
        |from: Duration| times.iter().filter(move |at| (from..=from + span).contains(*at)).count();
    times.iter().map(|from| within(*from)).max().unwrap_or_default()
}

/// When every simulated world begins, in milliseconds since 1970: 2026-01-01T00:00:00Z.
const DAWN: u64 = 1_767_225_600_000;

const LIMITED: &str = r#"{"limits": "documented"}"#;
const AKS: &str = "Microsoft.ContainerService";
const NETWORK: &str = "Microsoft.Network";

/// Brings a fleet up and returns when each operation's end was noticed.
fn noticed(script: &str, name: &str, count: usize) -> Vec<Noticed> {
    in_virtual_time(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stage = Stage::new(script, Some(folder));
        let seen = stage.up(&fleet(name, count)).await;
        stage.noticed(&seen)
    })
}

#[test]
fn a_fleet_under_documented_limits_is_hardly_ever_throttled() {
    for (name, count) in [("kubenet", 60), ("nat-gateway", 40)] {
        let seen =
            in_virtual_time(async { Stage::new(LIMITED, None).up(&fleet(name, count)).await });
        let throttled = seen.iter().filter(|one| one.status == 429).count();
        // Seen: none. A hundredth is what another client of the subscription may cost.
        assert!(throttled * 100 <= seen.len(), "{name}: {throttled} of {}", seen.len());
        let of_aks = |one: &&Exchange| one.polls().is_some_and(|(_, provider)| provider == AKS);
        let polls: Vec<Duration> = seen.iter().filter(of_aks).map(|one| one.at).collect();
        assert!(polls.len() > 5 * count, "{name}: {} polls of AKS", polls.len());
        for seconds in [1, 10, 60, 300] {
            let most = most_within(&polls, Duration::from_secs(seconds));
            let budget = 200 + 2 * usize::try_from(seconds).expect("a small number");
            assert!(most <= budget, "{name}: {most} polls of AKS within {seconds} s");
        }
    }
}

#[test]
fn the_end_of_an_operation_is_noticed_soon() {
    for name in ["kubenet", "nat-gateway", "azure-overlay"] {
        for one in noticed(LIMITED, name, 1) {
            // A NAT gateway takes 12 s, and Azure asks for 10 s between two questions.
            let asked = if one.kind.ends_with("/natGateways") { 10 } else { 3 };
            let bound = if one.took < Duration::from_mins(1) { asked } else { 10 };
            assert!(one.late <= Duration::from_secs(bound), "{name}: {one:?}");
        }
    }
}

#[test]
fn a_fleet_notices_as_soon_as_the_budget_of_polls_allows() {
    // The documented buckets, and those that recorded answers tell of, where ARM's are larger.
    for (script, count) in [(LIMITED, 20), ("{}", 40)] {
        for one in noticed(script, "kubenet", count) {
            // N operations share two questions a second; three seconds are the network's share.
            let shared = Duration::from_millis(500) * u32::try_from(count).expect("a small number");
            let bound = if one.is_of(AKS) { shared } else { Duration::from_secs(3) };
            assert!(one.late <= bound, "{count}: {one:?}");
            assert!(one.is_of(AKS) || one.is_of(NETWORK), "{one:?}");
        }
    }
}

#[test]
fn two_runs_that_know_nothing_of_each_other_get_through_all_the_same() {
    let seen = in_virtual_time(async {
        let stage = Stage::new(LIMITED, None);
        let second = stage.second();
        let mut fleet = fleet("kubenet", 50);
        let others = fleet.split_off(25);
        let others = async {
            for outcome in join_all(others.iter().map(|profile| second.up(profile))).await {
                assert_eq!(outcome.result, Ending::Succeeded, "{:?}", outcome.failed);
            }
        };
        tokio::join!(stage.up(&fleet), others);
        stage.seen.lock().expect("nobody panics with it").clone()
    });
    let throttled = seen.iter().filter(|one| one.status == 429).count();
    // They cannot but take each other's tokens; seen: 19 of 2,314.
    assert!(throttled > 0 && throttled * 40 <= seen.len(), "{throttled} of {}", seen.len());
}
