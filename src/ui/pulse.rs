//! What to say of work that says nothing itself, so that a log shows that the run is alive. Pure:
//! it is told what happened and what time it is.

use std::time::Duration;

use super::words::{clean, duration, kind, name};
use crate::event::{Event, Happening};

/// How long a step may be silent before a log says that it goes on.
///
/// Chosen: AKS names a new phase about every minute while all goes well, and services that run
/// pipelines end a job that says nothing for ten minutes.
const SILENCE: Duration = Duration::from_mins(2);

/// The steps that run, and when each was last heard of.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    environment: String,
    id: String,
    title: String,
    since: Duration,
    heard: Duration,
    phase: String,
}

impl Pulse {
    /// Hears of an event.
    pub(super) fn hear(&mut self, environment: &str, event: &Event) {
        match &event.what {
            Happening::StepStarted { id, kind: type_, .. } => self.running.push(Running {
                environment: environment.to_owned(),
                id: id.as_str().to_owned(),
                title: format!("{} {}", kind(type_), name(id.as_str())),
                since: event.at,
                heard: event.at,
                phase: String::new(),
            }),
            Happening::StepPhase { id, phase } if phase != "InProgress" => {
                for step in self.running.iter_mut().filter(|step| step.id == id.as_str()) {
                    step.heard = event.at;
                    step.phase = clean(phase);
                }
            }
            Happening::StepSucceeded { id, .. } => self.end(id.as_str()),
            Happening::StepFailed(failure) => self.end(failure.id.as_str()),
            _ => {}
        }
    }

    fn end(&mut self, id: &str) {
        self.running.retain(|step| step.id != id);
    }

    /// Returns a sentence for each step that was silent for long, with its environment; each counts
    /// as heard of again.
    pub(super) fn silent(&mut self, now: Duration) -> Vec<(String, String)> {
        let is_silent = |step: &&mut Running| now.saturating_sub(step.heard) >= SILENCE;
        let say = |step: &mut Running| {
            step.heard = now;
            let minutes = now.saturating_sub(step.since).as_secs() / 60;
            let took = duration(Duration::from_secs(minutes * 60));
            let doing = if step.phase.is_empty() { "" } else { ": " };
            let text = format!("{}: still at work after {took}{doing}{}", step.title, step.phase);
            (step.environment.clone(), text)
        };
        self.running.iter_mut().filter(is_silent).map(say).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::ResourceId;
    use crate::plan::Action;

    fn cluster() -> ResourceId {
        let group = ResourceId::resource_group("s", "demo");
        group.resource("Microsoft.ContainerService/managedClusters", "demo")
    }

    fn at(seconds: u64, what: Happening) -> Event {
        Event { at: Duration::from_secs(seconds), what }
    }

    fn started() -> Event {
        let kind = cluster().resource_type();
        at(0, Happening::StepStarted { id: cluster(), kind, action: Action::Update })
    }

    fn said(pulse: &mut Pulse, seconds: u64) -> Vec<String> {
        let silent = pulse.silent(Duration::from_secs(seconds));
        silent.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_silent_step_is_told_every_two_minutes() {
        let mut pulse = Pulse::default();
        pulse.hear("demo", &started());
        assert_eq!(said(&mut pulse, 119), Vec::<String>::new());
        assert_eq!(said(&mut pulse, 125), ["cluster demo: still at work after 2 min"]);
        assert_eq!(said(&mut pulse, 130), Vec::<String>::new());
        assert_eq!(said(&mut pulse, 245), ["cluster demo: still at work after 4 min"]);
    }

    #[test]
    fn a_step_that_speaks_is_left_alone_and_one_that_ended_is_forgotten() {
        let mut pulse = Pulse::default();
        pulse.hear("demo", &started());
        for (seconds, phase) in [(60, "ReconcilingDNS"), (170, "InProgress")] {
            let phase = phase.to_owned();
            pulse.hear("demo", &at(seconds, Happening::StepPhase { id: cluster(), phase }));
        }
        assert_eq!(said(&mut pulse, 170), Vec::<String>::new());
        let still = ["cluster demo: still at work after 3 min: ReconcilingDNS"];
        assert_eq!(said(&mut pulse, 185), still);
        let (id, action) = (cluster(), Action::Update);
        pulse.hear(
            "demo",
            &at(190, Happening::StepSucceeded { id, action, seconds: 190.0, left: false }),
        );
        assert_eq!(said(&mut pulse, 1000), Vec::<String>::new());
    }
}
