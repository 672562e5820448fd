//! What the README claims about speed and memory; `cargo bench` prints it.
//!
//! Each line is a figure, the bound the project set itself, and whether it holds. Nothing here is
//! a test: machines differ, so the gate prints these figures and people read them.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the one place that measures real time, outside the program itself, and says so"
)]

mod fleet;
mod latency;
mod network;
mod process;
mod pure;
mod reap;
mod serve;

use std::time::{Duration, Instant};

/// One figure and its bound.
struct Figure {
    name: &'static str,
    value: f64,
    bound: f64,
    unit: &'static str,
}

impl Figure {
    fn millis(name: &'static str, took: Duration, bound: f64) -> Self {
        Self { name, value: took.as_secs_f64() * 1000.0, bound, unit: "ms" }
    }
}

/// Returns the median of `runs` runs, after one that does not count.
fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    run();
    let mut took: Vec<Duration> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    took.sort();
    took[runs / 2]
}

fn main() {
    // `cargo bench -- --list` and friends of test harnesses ask this way; there is nothing to list.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    println!("{:<58} {:>10} {:>10}", "figure", "median", "bound");
    let figures = pure::figures().into_iter().chain(network::figures()).chain(process::figures());
    let figures = figures.chain(fleet::figures()).chain(reap::figures());
    for figure in figures.chain(serve::figures()).chain(latency::figures()) {
        let holds = if figure.value <= figure.bound { "" } else { "  over its bound" };
        println!(
            "{:<58} {:>7.2} {:<2} {:>7.0} {}{holds}",
            figure.name, figure.value, figure.unit, figure.bound, figure.unit
        );
    }
}
