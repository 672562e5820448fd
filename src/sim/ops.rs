//! Long-running operations: functions of time, each with phases and a deadline.
//!
//! Nothing happens while an operation runs; asked for its status, it says the phase that its
//! start and the time now imply, and what it brings about is brought about when the world is next
//! lived past its end. So a run that was killed finds its operations still going.

use serde_json::json;

use super::answer::Answer;
use super::asked::Asked;
use super::body;
use super::error::Refusal;
use super::operation::Verdict;
use super::world::World;

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
) -> Result<Answer, Refusal> {
    let Some(operation) = world.operations.get(id) else {
        return Err(Refusal::aks(404, "NotFound", "The entity was not found.")
            .subcode("GetOperationStatus_NotFound"));
    };
    let over = world.now >= operation.ends;
    let mut answer = Answer::status(200);
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
pub(crate) fn job(world: &World, asked: &Asked, id: &str) -> Result<Answer, Refusal> {
    let Some(operation) = world.operations.get(id) else {
        return Err(Refusal::arm(404, "JobNotFound", "The job id provided was not found."));
    };
    let mut answer = Answer::status(200);
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
