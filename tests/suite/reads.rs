//! How much each run asks: what it needs, and nothing twice.
//!
//! The counts are held here, so that whoever adds a read says what it is for. A fresh read is made
//! where what was read is older than a second; until the first write nothing is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Sandbox;

/// A run's exchanges: the method and the URL, without the version.
fn traced(sandbox: &Sandbox, args: &[&str]) -> Vec<(String, String)> {
    let path = sandbox.path("trace.jsonl");
    drop(std::fs::remove_file(&path));
    let trace = ["--trace", path.to_str().expect("a plain path")];
    sandbox.run(&[args, &trace].concat()).ok();
    let text = std::fs::read_to_string(&path).expect("a trace");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let of = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    lines.map(|line| (of(&line, "method"), of(&line, "url"))).collect()
}

fn is_poll(url: &str) -> bool {
    ["/operations/", "/operationresults/"].iter().any(|part| url.contains(part))
}

/// Counts reads before the first write and after it; polls are neither.
fn counts(exchanges: &[(String, String)]) -> (usize, usize) {
    let first = exchanges.iter().position(|(method, _)| method != "GET");
    let (before, after) = exchanges.split_at(first.unwrap_or(exchanges.len()));
    let reads = |part: &[(String, String)]| {
        part.iter().filter(|(method, url)| method == "GET" && !is_poll(url)).count()
    };
    (reads(before), reads(after))
}

/// What is asked twice before the first write; what is deleted is looked at right before.
fn twice(exchanges: &[(String, String)]) -> Vec<&str> {
    let first = exchanges.iter().find(|(method, _)| method != "GET");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, url) in exchanges.iter().take_while(|(method, _)| method == "GET") {
        *seen.entry(url).or_default() += 1;
    }
    let is_deleted = |asked: &str| first.is_some_and(|(how, url)| how == "DELETE" && url == asked);
    let doubles = seen.into_iter().filter(|(url, count)| *count > 1 && !is_deleted(url));
    doubles.map(|(url, _)| url).collect()
}

#[test]
fn every_run_reads_what_it_needs_and_nothing_twice() {
    let sandbox = Sandbox::new();
    let tags = ["up", "kubenet", "-y", "--set", "metadata.tags.team=x"];
    let runs: [(&[&str], (usize, usize)); 7] = [
        (&["plan", "kubenet"], (26, 0)),
        (&["up", "kubenet", "-y"], (26, 10)),
        (&["up", "kubenet", "-y"], (11, 0)),
        (&tags, (12, 8)),
        // What the identity of the control plane holds, and what that of the nodes; whom it trusts.
        (&["status", "kubenet"], (41, 0)),
        (&["migrate", "demo", "--to", "overlay", "-y"], (38, 6)),
        // What holds data in the nodes' group. After the first deletion: a look before each other one, whether the nodes' group is gone, and
        // sixteen lists of what the group holds before it goes.
        (&["down", "demo", "-y"], (38, 21)),
    ];
    let mut counted = Vec::new();
    for (args, _) in &runs {
        let exchanges = traced(&sandbox, args);
        assert_eq!(twice(&exchanges), [""; 0], "{args:?}");
        counted.push((args.join(" "), counts(&exchanges)));
    }
    let expected: Vec<(String, (usize, usize))> =
        runs.iter().map(|(args, reads)| (args.join(" "), *reads)).collect();
    assert_eq!(counted, expected);
}
