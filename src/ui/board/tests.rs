//! The board, drawn at moments of a run.

use super::*;
use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::event::{Failure, Outcome};
use crate::graph::Graph;
use crate::kind::Pace;
use crate::plan::{Call, Step};

/// A group, a network with a subnet, and a cluster; the cluster's name comes from a stranger.
fn plan() -> Plan {
    let group = ResourceId::resource_group("s", "demo");
    let network = group.resource("Microsoft.Network/virtualNetworks", "demo-vnet");
    let subnet = network.child("subnets", "nodes");
    let cluster = group.resource("Microsoft.ContainerService/managedClusters", "demo");
    let mut steps = Graph::default();
    let mut before = None;
    for (id, typical) in [(group, 2), (network, 4), (subnet, 4), (cluster, 290)] {
        let index = steps.add(step(&id, typical), before);
        before = Some(index);
    }
    Plan {
        environment: "demo".to_owned(),
        group: None,
        steps,
        refusals: Vec::new(),
        attention: Vec::new(),
        advice: Vec::new(),
        background: Vec::new(),
        stays: crate::plan::Stays::Nothing,
    }
}

fn step(id: &ResourceId, typical: u64) -> Step {
    Step {
        id: id.clone(),
        kind: id.resource_type(),
        api: ApiVersion::new("2025-01-01"),
        action: Action::Create,
        reasons: Vec::new(),
        deltas: Vec::new(),
        calls: vec![Call::Await],
        verify: None,
        lane: id.clone(),
        pace: Pace::even(typical, 1, 600),
    }
}

fn id(at: usize) -> ResourceId {
    let plan = plan();
    plan.steps.iter().nth(at).unwrap().1.id.clone()
}

fn at(seconds: u64, what: Happening) -> Event {
    Event { at: Duration::from_secs(seconds), what }
}

fn started(at: usize) -> Happening {
    Happening::StepStarted { id: id(at), kind: String::new(), action: Action::Create }
}

fn succeeded(at: usize, seconds: f64) -> Happening {
    Happening::StepSucceeded { id: id(at), action: Action::Create, seconds, left: false }
}

/// A board two minutes in: the network stands, the cluster is being made.
fn board() -> Board {
    let mut board = Board::default();
    board.begin(&plan());
    let run = Happening::RunStarted { environment: "demo".to_owned(), steps: 4 };
    let phase = Happening::StepPhase {
        id: id(3),
        phase: "CreatingAgentPools: 1/2 \u{1b}[2Jnodes completed".to_owned(),
    };
    for (seconds, what) in [
        (0, run),
        (0, started(0)),
        (1, succeeded(0, 1.0)),
        (1, started(1)),
        (5, succeeded(1, 4.0)),
        (5, started(2)),
        (9, succeeded(2, 4.0)),
        (10, started(3)),
        (100, phase),
    ] {
        board.hear("demo", &at(seconds, what));
    }
    board
}

fn drawn(board: &mut Board, seconds: u64, rows: usize, columns: usize) -> String {
    let text = board.draw(Duration::from_secs(seconds), rows, columns);
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn children_stand_below_their_parents_with_azures_words() {
    insta::assert_snapshot!(drawn(&mut board(), 120, 24, 100));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 60, 100, 200] {
        let text = drawn(&mut board(), 120, 24, columns);
        let widest = text.lines().map(console::measure_text_width).max();
        assert!(widest < Some(columns), "{columns}:\n{text}");
    }
}

#[test]
fn the_time_of_what_runs_is_whole_on_a_narrow_terminal() {
    for columns in [40, 60, 79] {
        let text = drawn(&mut board(), 120, 24, columns);
        let rows = text.lines().filter(|line| line.starts_with("  ✓") || line.contains("cluster"));
        let times: Vec<&str> = rows.filter_map(|row| row.split_whitespace().last()).collect();
        let is_time = |word: &&str| word.len() == 5 && word.as_bytes()[2] == b':';
        assert!(!times.is_empty() && times.iter().all(is_time), "{columns}: {text}");
    }
}

#[test]
fn a_low_terminal_shows_what_runs_and_counts_the_rest() {
    let text = drawn(&mut board(), 120, 8, 100);
    assert!(text.lines().count() < 8, "{text}");
    assert!(text.contains("cluster demo") && text.contains("and 2 done"), "{text}");
}

#[test]
fn a_fleet_larger_than_the_terminal_is_a_line_each() {
    let mut board = Board::default();
    for number in 0..30 {
        board.begin(&Plan { environment: format!("demo-{number}"), ..plan() });
    }
    let text = drawn(&mut board, 1, 20, 100);
    assert!(text.lines().count() < 20, "{text}");
    assert!(text.contains("and 14 more environments"), "{text}");
}

#[test]
fn a_fleet_is_counted_and_the_clock_of_what_is_over_stands_still() {
    let mut board = Board::of_fleet(12);
    for name in ["a", "b", "c"] {
        board.begin(&Plan { environment: name.to_owned(), ..plan() });
        let run = Happening::RunStarted { environment: name.to_owned(), steps: 4 };
        board.hear(name, &at(0, run));
    }
    for (name, ending) in [("a", Ending::Succeeded), ("b", Ending::Failed)] {
        board.hear(name, &at(320, Happening::Outcome(Outcome::empty(ending))));
    }
    let text = drawn(&mut board, 606, 40, 100);
    assert!(text.contains("12 environments: 1 running, 9 waiting, 1 done and 1 failed"), "{text}");
    let clock = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name}  "))).unwrap();
        line.split_whitespace().find(|word| word.contains(':')).unwrap().to_owned()
    };
    assert_eq!([clock("a"), clock("b"), clock("c")], ["05:20", "05:20", "10:06,"]);
}

#[test]
fn a_later_plan_goes_on_with_the_clock_of_the_first() {
    let mut board = Board::default();
    for seconds in [0, 100] {
        board.begin(&plan());
        let run = Happening::RunStarted { environment: "demo".to_owned(), steps: 4 };
        board.hear("demo", &at(seconds, run));
    }
    assert!(drawn(&mut board, 160, 24, 100).contains("02:40"));
}

#[test]
fn the_bar_never_goes_back() {
    let mut board = board();
    let share = |board: &mut Board, seconds| {
        drawn(board, seconds, 24, 100);
        board.sections[0].shown
    };
    let (early, late) = (share(&mut board, 100), share(&mut board, 200));
    assert!(early > 0.2 && late > early, "{early} {late}");
    assert!(share(&mut board, 50) >= late);
    assert!(share(&mut board, 10_000) < 1.0, "a late step is not over");
}

#[test]
fn a_failure_shows_its_code_and_a_notice_goes_away() {
    let mut board = board();
    let failure = Failure {
        id: id(3),
        code: "SkuNotAvailable".to_owned(),
        message: String::new(),
        request_id: None,
        hint: None,
    };
    board.hear("demo", &at(130, Happening::StepFailed(failure)));
    board.notice(Duration::from_secs(130), "waiting for Azure");
    let text = drawn(&mut board, 131, 24, 100);
    assert!(text.contains("✗ ") && text.contains("SkuNotAvailable"), "{text}");
    assert!(
        text.starts_with("demo  3 of 4 done, 1 failed  02:11") && !text.contains('%'),
        "{text}"
    );
    assert!(text.contains("waiting for Azure"), "{text}");
    assert!(!drawn(&mut board, 200, 24, 100).contains("waiting for Azure"));
}

#[test]
fn what_is_left_running_goes_on_in_azure() {
    let mut board = board();
    board.hear("demo", &at(120, Happening::Stopping));
    assert!(drawn(&mut board, 121, 24, 100).contains("Ctrl-C again"));
    board.end();
    let text = drawn(&mut board, 122, 24, 100);
    assert!(text.contains("goes on in Azure") && !text.contains("Ctrl-C"), "{text}");
    assert!(text.starts_with("demo  3 of 4 done  02:02") && !text.contains('%'), "{text}");
}

#[test]
fn what_is_late_is_never_nearly_done() {
    let mut board = board();
    let text = drawn(&mut board, 10_000, 24, 100);
    assert!(!text.contains("100 %") && !text.contains("to go"), "{text}");
    assert!(text.contains("longer than usual"), "{text}");
    board.hear("demo", &at(10_001, succeeded(3, 9_991.0)));
    assert!(drawn(&mut board, 10_001, 24, 100).contains("100 %"));
}
