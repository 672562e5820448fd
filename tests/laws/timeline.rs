//! The signature test: a kubenet `up`, second by second.

use std::fmt::Write as _;

use akstool::event::{Event, Happening};
use akstool::sim::fault::Script;

use super::support::{World, in_virtual_time, profile};

/// Draws a run as people would note it down.
fn timeline(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        let seconds = event.at.as_secs();
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let line = match &event.what {
            Happening::StepStarted { id, action, .. } => {
                format!("{} {} {}", action.verb(), id.resource_type(), name(id))
            }
            Happening::StepPhase { id, phase } => format!("    {}: {phase}", name(id)),
            Happening::StepSucceeded { id, .. } => format!("done {}", name(id)),
            Happening::StepFailed(failure) => {
                format!("FAILED {}: {}", name(&failure.id), failure.code)
            }
            _ => continue,
        };
        let _ = writeln!(text, "+{minutes:02}:{seconds:02} {line}");
    }
    text
}

/// Role assignments are named by GUIDs; their scope says more.
fn name(id: &akstool::arm::id::ResourceId) -> String {
    match id.parent() {
        Some(scope) if id.is_type("Microsoft.Authorization/roleAssignments") => {
            format!("on {}", scope.name())
        }
        _ => id.name().to_owned(),
    }
}

#[test]
fn a_kubenet_up_second_by_second() {
    let events = in_virtual_time(async {
        let world = World::new(Script::default());
        let plan = world.plan(&profile("kubenet")).await;
        world.apply(&plan).await.1
    });
    insta::assert_snapshot!("kubenet_up", timeline(&events));
}

#[test]
fn a_run_takes_as_long_as_its_longest_chain() {
    let (took, longest) = in_virtual_time(async {
        let world = World::new(Script::default());
        let plan = world.plan(&profile("kubenet")).await;
        let (outcome, events) = world.apply(&plan).await;
        let took = |id: &akstool::arm::id::ResourceId| {
            events.iter().find_map(|event| match &event.what {
                Happening::StepSucceeded { id: done, seconds, .. } if done == id => Some(*seconds),
                _ => None,
            })
        };
        let mut ends: Vec<f64> = Vec::new();
        for (index, step) in plan.steps.iter() {
            let begin =
                plan.steps.needs(index).map(|need| ends[need.position()]).fold(0.0, f64::max);
            ends.push(begin + took(&step.id).unwrap_or(0.0));
        }
        (outcome.seconds, ends.into_iter().fold(0.0, f64::max))
    });
    // Lanes and the pauses between questions may add to the chain, never shorten it.
    assert!(took >= longest - 0.001, "{took} is less than the chain of {longest}");
    assert!(took <= longest + 10.0, "{took} is more than the chain of {longest}");
}
