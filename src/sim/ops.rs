//! Long-running operations: functions of time, each with phases and a deadline.
//!
//! Nothing happens while an operation runs; asked for its status, it says the phase that its
//! start and the time now imply, and what it brings about is brought about when the world is next
//! lived past its end. So a run that was killed finds its operations still going.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::{Millis, rfc3339};
use super::dispatch::Asked;
use super::error::Refusal;
use super::world::{Registration, World};
use super::{body, provider};

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// A GUID, or the job name of a group's deletion.
    pub(crate) id: String,
    /// The provider that runs it.
    pub(crate) provider: String,
    /// The region it runs in.
    pub(crate) location: String,
    /// The id of what it is about.
    pub(crate) target: String,
    /// What it does.
    pub(crate) verb: Verb,
    /// When it began.
    pub(crate) started: Millis,
    /// When it ends.
    pub(crate) ends: Millis,
    /// The words it shows from so many milliseconds after its start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) phases: Vec<(Millis, String)>,
    /// How it ends.
    pub(crate) verdict: Verdict,
    /// Seconds of `Retry-After` while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
    /// The api-version of its status URL.
    pub(crate) api: String,
    /// Whether its effects have been brought about.
    #[serde(default)]
    pub(crate) settled: bool,
}

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verb {
    /// Makes its target.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Does something else: `stop`, `start`, `abort`.
    Act(String),
}

/// How an operation ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// As asked.
    Succeeded,
    /// With an error.
    Failed {
        /// Azure's code.
        code: String,
        /// Azure's message.
        message: String,
    },
    /// By abort.
    Canceled,
}

/// The plan of an operation, before it has an id and a place in time.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// Provider namespace.
    pub(crate) provider: &'static str,
    /// Milliseconds from start to end.
    pub(crate) lasts: Millis,
    /// Phase words by milliseconds after the start.
    pub(crate) phases: Vec<(Millis, String)>,
    /// Seconds of `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    /// The api-version of the status URL.
    pub(crate) api: String,
}

impl Operation {
    /// Begins an operation now.
    pub(crate) fn begin(
        world: &mut World,
        target: &str,
        location: &str,
        verb: Verb,
        course: Course,
    ) -> String {
        let operation = Self {
            id: world.guid(),
            provider: course.provider.to_owned(),
            location: location.to_ascii_lowercase().replace(' ', ""),
            target: target.to_owned(),
            verb,
            started: world.now,
            ends: world.now + course.lasts,
            phases: course.phases,
            verdict: Verdict::Succeeded,
            retry_after: course.retry_after,
            api: course.api,
            settled: false,
        };
        world.start(operation)
    }

    /// What tells which of two operations ends first.
    pub(crate) fn rank(&self) -> (Millis, &str) {
        (self.ends, &self.id)
    }

    /// The status word at a time.
    pub(crate) fn word(&self, now: Millis) -> &str {
        if now >= self.ends {
            return match &self.verdict {
                Verdict::Succeeded => "Succeeded",
                Verdict::Failed { .. } => "Failed",
                Verdict::Canceled => "Canceled",
            };
        }
        let passed = now.saturating_sub(self.started);
        let phase = self.phases.iter().rev().find(|(from, _)| *from <= passed);
        phase.map_or("InProgress", |(_, word)| word.as_str())
    }

    /// The body of a status answer.
    pub(crate) fn status(&self, now: Millis) -> Value {
        let network = self.provider.eq_ignore_ascii_case("Microsoft.Network");
        let mut status = json!({ "status": self.word(now) });
        if !network {
            status["name"] = json!(self.id);
            status["startTime"] = json!(rfc3339(self.started));
            if now >= self.ends {
                status["endTime"] = json!(rfc3339(self.ends));
            }
        }
        if now >= self.ends {
            match &self.verdict {
                Verdict::Succeeded => {}
                Verdict::Failed { code, message } => {
                    status["error"] = json!({ "code": code, "message": message });
                    if network {
                        status["error"]["details"] = json!([]);
                    }
                }
                Verdict::Canceled => {
                    status["error"] = json!({ "code": "Canceled", "message": "Operation is being canceled by user" });
                }
            }
        }
        status
    }

    /// The URL of the status, signed-looking as the real ones are.
    pub(crate) fn url(&self, endpoint: &str, subscription: &str, result: bool) -> String {
        let word = match (result, self.provider.eq_ignore_ascii_case("Microsoft.Network")) {
            (false, _) => "operations",
            (true, true) => "operationResults",
            (true, false) => "operationresults",
        };
        format!(
            "{endpoint}/subscriptions/{subscription}/providers/{}/locations/{}/{word}/{}?{}",
            self.provider,
            self.location,
            self.id,
            signature(&self.api, self.started, &self.id)
        )
    }

    /// The URL of a group deletion's job.
    pub(crate) fn job_url(&self, endpoint: &str, subscription: &str) -> String {
        format!(
            "{endpoint}/subscriptions/{subscription}/operationresults/{}?{}",
            self.id,
            signature(&self.api, self.started, &self.id)
        )
    }
}

/// Query parameters like those of real operation URLs: `t` counts ticks since the year 1, the
/// others are a certificate, a signature and a hash that nobody can check.
fn signature(api: &str, started: Millis, id: &str) -> String {
    const TICKS_AT_1970: u64 = 621_355_968_000_000_000;
    let ticks = TICKS_AT_1970 + started * 10_000;
    let plain: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let long = plain.repeat(8);
    format!("api-version={api}&t={ticks}&c=MIIHpTCCBo2g{long}&s={plain}{plain}&h={plain}")
}

/// Lives the world up to `time`: everything that ends by then takes effect, in order.
pub(crate) fn live(world: &mut World, time: Millis) -> bool {
    let mut moved = false;
    while let Some(operation) = world.take_due(time) {
        provider::settle(world, &operation);
        moved = true;
    }
    let pending =
        world.registration.iter().filter(|(_, one)| one.is_pending() && one.until <= time);
    for namespace in pending.map(|(namespace, _)| namespace.clone()).collect::<Vec<_>>() {
        let registered = Registration { state: "Registered".to_owned(), until: 0 };
        world.registration.set(&namespace, Some(registered));
        moved = true;
    }
    world.now = world.now.max(time);
    moved
}

/// `Retry-After` of a status answer, from that of the write: 10 where that was 3 or more (16 times
/// for networks and NAT gateways), 2 where it was 1 (public addresses and security groups, 4 times).
fn again(first: u32) -> u32 {
    if first <= 2 { first * 2 } else { first.max(10) }
}

/// Answers a status or result URL.
pub(crate) fn answer(
    world: &World,
    asked: &Asked,
    id: &str,
    result: bool,
) -> Result<provider::Answer, Refusal> {
    let Some(operation) = world.operations.get(id) else {
        return Err(Refusal::aks(404, "NotFound", "The entity was not found.")
            .subcode("GetOperationStatus_NotFound"));
    };
    let over = world.now >= operation.ends;
    let mut answer = provider::Answer::status(200);
    if !over && let Some(seconds) = operation.retry_after {
        answer.header("Retry-After", again(seconds).to_string());
    }
    if !result {
        answer.body = Some(operation.status(world.now));
        return Ok(answer);
    }
    match (&operation.verdict, over) {
        (_, false) => {
            answer.status = 202;
            answer.header("Location", operation.url(&asked.endpoint, &world.subscription, true));
        }
        (Verdict::Succeeded, true) => answer.status = 204,
        (verdict, true) => {
            let (code, message) = match verdict {
                Verdict::Failed { code, message } => (code.as_str(), message.as_str()),
                _ => ("Canceled", "Operation is being canceled by user"),
            };
            return Err(Refusal::wrapped(409, code, message));
        }
    }
    Ok(answer)
}

/// Answers the job URL of a group's deletion.
pub(crate) fn job(world: &World, asked: &Asked, id: &str) -> Result<provider::Answer, Refusal> {
    let Some(operation) = world.operations.get(id) else {
        return Err(Refusal::arm(404, "JobNotFound", "The job id provided was not found."));
    };
    let mut answer = provider::Answer::status(200);
    if world.now < operation.ends {
        answer.status = 202;
        answer.header("Location", operation.job_url(&asked.endpoint, &world.subscription));
        answer.header("Retry-After", "15");
    } else if let Verdict::Failed { code, message } = &operation.verdict {
        return Err(Refusal::arm(409, code, message.clone()));
    }
    Ok(answer)
}

/// Sets the provisioning state of a resource.
pub(crate) fn set_state(world: &mut World, id: &str, state: &str) {
    world.edit(id, |stored| {
        body::set(stored, "/properties/provisioningState", state);
        body::take(stored, "/properties/status");
    });
}

/// Keeps the error of a failed operation on a cluster or pool, as `ManagedClusterStatus` and
/// `AgentPoolStatus` of 2025-10-01 describe it: "the detailed info of failure", else nothing.
pub(crate) fn blame(world: &mut World, id: &str, verdict: &Verdict) {
    if let Verdict::Failed { code, message } = verdict {
        let error = json!({ "code": code, "message": message });
        world.edit(id, |stored| body::set(stored, "/properties/status/provisioningError", error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_shows_the_phase_its_age_implies() {
        let mut world = World::new("s", 0, 1_000);
        let course = Course {
            provider: "Microsoft.ContainerService",
            lasts: 10_000,
            phases: vec![(2_000, "ProvisioningControlPlane".to_owned())],
            retry_after: None,
            api: "2025-03-01".to_owned(),
        };
        let id = Operation::begin(&mut world, "/t", "westeurope", Verb::Create, course);
        let operation = world.operations.get(&id).unwrap();
        assert_eq!(operation.word(1_500), "InProgress");
        assert_eq!(operation.word(3_000), "ProvisioningControlPlane");
        assert_eq!(operation.word(11_000), "Succeeded");
        assert!(operation.status(11_000)["endTime"].is_string());
        assert!(operation.url("https://x", "s", false).contains("&t=6"));
    }
}
