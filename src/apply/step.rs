//! One step: fill in what is known by now, send, follow, look again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::operation::{Polling, Progress};
use crate::arm::request::{Conditions, Method, Request};
use crate::diff::{deltas, settle};
use crate::event::{Failure, Happening};
use crate::plan::{Call, Condition, Observation, Step, Verify, is_deleting, state};

/// How often a fresh answer is asked for until it shows what was written.
///
/// Chosen: of 1,577 recorded reads after a finished operation two still showed it running.
const LOOKS: u32 = 6;

/// How a step ended.
pub(super) struct Ended {
    /// The fresh answer, or what went wrong.
    pub(super) result: Result<Option<Value>, Trouble>,
    /// How long it took, on the run's clock.
    pub(super) took: Duration,
}

/// What can go wrong with a step.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Azure said no, or could not be asked.
    #[error(transparent)]
    Arm(#[from] Error),
    /// A value that an earlier step should have brought is missing.
    #[error("`{}` of `{}` is not known", .0.at, .0.of)]
    Unknown(Later),
    /// What stands there is not what was written.
    #[error("Azure accepted the change, and {} differs from what was written", .paths.join(", "))]
    Differs {
        /// The places.
        paths: Vec<String>,
    },
    /// The resource is gone.
    #[error("the resource is gone")]
    Gone,
    /// Something stands in the group that was not there, or was gone, when the plan was made.
    #[error("it stays: {} came into it while the run was under way", .contents.join(", "))]
    Refilled {
        /// What stands there.
        contents: Vec<String>,
    },
}

impl Trouble {
    /// Returns the failure as it is told.
    pub(super) fn failure(&self, id: &ResourceId) -> Failure {
        let own = |code: &str| Failure {
            id: id.clone(),
            code: code.to_owned(),
            message: self.to_string(),
            request_id: None,
            hint: None,
        };
        match self {
            Self::Arm(error) => Failure::of(id, error),
            Self::Unknown(_) => own("ValueNotKnown"),
            Self::Differs { .. } => own("NotAsWritten"),
            Self::Gone => own("ResourceGone"),
            Self::Refilled { .. } => own("GroupNotEmpty"),
        }
    }
}

type Tell<'a> = &'a (dyn Fn(Happening) + Send + Sync);

/// Runs one step to its end.
pub(super) async fn run(
    step: &Step,
    arm: &Arm,
    known: &BTreeMap<ResourceId, Value>,
    tell: Tell<'_>,
) -> Ended {
    let begun = arm.clock().elapsed();
    let result = work(step, arm, known, tell).await;
    Ended { result, took: arm.clock().elapsed().saturating_sub(begun) }
}

async fn work(
    step: &Step,
    arm: &Arm,
    known: &BTreeMap<ResourceId, Value>,
    tell: Tell<'_>,
) -> Result<Option<Value>, Trouble> {
    for call in &step.calls {
        match call {
            Call::Put { body, condition } => {
                let body = filled(body, known)?;
                let request = Request::new(Method::Put, &step.id, "", &step.api)
                    .with_body(body.value())
                    .with_conditions(conditions(condition));
                match send(step, arm, request, tell).await {
                    Err(Trouble::Arm(error)) if stands_already(&error) => {
                        let id = Some(step.id.clone());
                        tell(Happening::StepNotice { id, notice: error.to_string() });
                        return Ok(None);
                    }
                    Err(Trouble::Arm(error)) if error.status() == Some(412) => {
                        return overtaken(step, arm, error, known, tell).await;
                    }
                    other => other?,
                }
            }
            Call::Delete { condition } => {
                if let Condition::Empty(before) = condition {
                    empty(step, arm, before).await?;
                }
                let request = Request::new(Method::Delete, &step.id, "", &step.api)
                    .with_conditions(conditions(condition));
                delete(step, arm, request, tell).await?;
            }
            Call::Await => wait(step, arm, tell).await?,
        }
    }
    match &step.verify {
        Some(verify) => look(step, arm, verify, known, tell).await,
        None => Ok(None),
    }
}

fn filled(body: &Body, known: &BTreeMap<ResourceId, Value>) -> Result<Body, Trouble> {
    body.fill(|later| later.of_answer(known.get(&later.of)?)).map_err(Trouble::Unknown)
}

fn conditions(condition: &Condition) -> Conditions {
    match condition {
        Condition::Any | Condition::Empty(_) => Conditions::None,
        Condition::Absent => Conditions::IfNoneMatchAny,
        Condition::Unchanged(mark) => Conditions::IfMatch(mark.clone()),
    }
}

async fn send(step: &Step, arm: &Arm, request: Request, tell: Tell<'_>) -> Result<(), Trouble> {
    let answer = arm.send(request.clone()).await?;
    let polling = polling(step);
    let mut said = String::new();
    let mut progress = |progress: Progress| report(step, &mut said, progress, tell);
    Ok(arm.follow(&request, &answer, &polling, &mut progress).await?)
}

/// Tells whether Azure refused because what the step makes stands there under another name: the
/// same role for the same principal on the same scope, whoever gave it.
fn stands_already(error: &Error) -> bool {
    error.code() == Some("RoleAssignmentExists")
}

/// Another run wrote first, or this one did and never got the answer. When what stands there now is
/// what was wished for, that is as good; otherwise the refusal stands, as the plan was made against
/// something else.
async fn overtaken(
    step: &Step,
    arm: &Arm,
    refusal: Error,
    known: &BTreeMap<ResourceId, Value>,
    tell: Tell<'_>,
) -> Result<Option<Value>, Trouble> {
    let Some(verify) = &step.verify else { return Err(refusal.into()) };
    let Ok(answer) = look(step, arm, verify, known, tell).await else {
        return Err(refusal.into());
    };
    let notice = if refusal.may_be_ours() {
        "the first answer was lost, and Azure had done it all the same"
    } else {
        "another run wrote it at the same time, and just so"
    };
    tell(Happening::StepNotice { id: Some(step.id.clone()), notice: notice.to_owned() });
    Ok(answer)
}

/// Makes sure that a group holds nothing any more: what was deleted before may still be listed for
/// a while, or may have been made again by another run.
async fn empty(step: &Step, arm: &Arm, before: &[(ResourceId, ApiVersion)]) -> Result<(), Trouble> {
    let mut contents = Vec::new();
    let listed = arm.list(&step.id, "/resources", &step.api, &[]).await;
    for item in absent_as_empty(listed)? {
        let Some(text) = item.get("id").and_then(Value::as_str) else { continue };
        let Ok(id) = ResourceId::parse(text) else { continue };
        let deleted = before.iter().find(|(deleted, _)| *deleted == id);
        if let Some((id, api)) = deleted
            && arm.get(id, api).await?.is_none()
        {
            continue;
        }
        contents.push(format!("{} `{}`", id.resource_type(), id.name()));
    }
    if contents.is_empty() { Ok(()) } else { Err(Trouble::Refilled { contents }) }
}

/// A group that is gone holds nothing.
fn absent_as_empty(listed: Result<Vec<Value>, Error>) -> Result<Vec<Value>, Error> {
    match listed {
        Err(error) if error.status() == Some(404) => Ok(Vec::new()),
        other => other,
    }
}

/// Deletes; what is gone already is as good as deleted.
async fn delete(step: &Step, arm: &Arm, request: Request, tell: Tell<'_>) -> Result<(), Trouble> {
    match send(step, arm, request, tell).await {
        Err(Trouble::Arm(error)) if error.status() == Some(404) => Ok(()),
        Err(Trouble::Arm(error)) if error.status() == Some(412) => {
            going(step, arm, error, tell).await
        }
        other => other,
    }
}

/// What is to be deleted is not as it was read. That may be the work of a first try whose answer was
/// lost, or of another run that deletes it too: what goes is waited for until it is gone. Where it
/// stays, somebody changed it, and the refusal stands.
async fn going(step: &Step, arm: &Arm, refusal: Error, tell: Tell<'_>) -> Result<(), Trouble> {
    let Some(found) = arm.get(&step.id, &step.api).await? else { return Ok(()) };
    if !is_deleting(&found.body) {
        return Err(refusal.into());
    }
    wait(step, arm, tell).await?;
    match arm.get(&step.id, &step.api).await? {
        None => Ok(()),
        Some(_) => Err(refusal.into()),
    }
}

fn polling(step: &Step) -> Polling {
    Polling { first: step.pace.every, every: step.pace.every, give_up: step.pace.give_up }
}

/// Tells Azure's words when they change, and what it noticed on the way.
fn report(step: &Step, said: &mut String, progress: Progress, tell: Tell<'_>) {
    // The end of an operation is told as the end of the step, not as one of its phases.
    let ended = progress.phase.eq_ignore_ascii_case("Succeeded");
    if progress.phase != *said && !ended {
        said.clone_from(&progress.phase);
        tell(Happening::StepPhase { id: step.id.clone(), phase: progress.phase });
    }
    if let Some(fault) = progress.notice {
        let id = Some(step.id.clone());
        tell(Happening::StepNotice { id, notice: fault.to_string() });
    }
}

/// Waits until Azure is done with what was begun before, by another run as a rule.
async fn wait(step: &Step, arm: &Arm, tell: Tell<'_>) -> Result<(), Trouble> {
    let begun = arm.clock().elapsed();
    let mut said = String::new();
    loop {
        let answer = arm.get(&step.id, &step.api).await?.map(|answer| answer.body);
        let Observation::Busy(body) = Observation::of(answer) else {
            return Ok(());
        };
        let progress = Progress { phase: state(&body).to_owned(), notice: None, percent: None };
        report(step, &mut said, progress, tell);
        let after = arm.clock().elapsed().saturating_sub(begun);
        if after > step.pace.give_up {
            let whose = if is_deleting(&body) { "the deletion" } else { "another run's change" };
            let what = format!("{whose} of {}", step.id.name());
            return Err(Error::GaveUp { after, what }.into());
        }
        arm.clock().sleep(step.pace.every).await;
    }
}

/// Reads the resource until it shows what was written; what another run began is not ours to judge.
async fn look(
    step: &Step,
    arm: &Arm,
    verify: &Verify,
    known: &BTreeMap<ResourceId, Value>,
    tell: Tell<'_>,
) -> Result<Option<Value>, Trouble> {
    let desired = filled(&verify.desired, known)?;
    let waited = step.calls == [Call::Await];
    let mut paths = Vec::new();
    for look in 0..LOOKS {
        if look > 0 {
            arm.clock().sleep(step.pace.every).await;
        }
        let Some(answer) = arm.get(&step.id, &step.api).await?.map(|answer| answer.body) else {
            if waited {
                return Ok(None);
            }
            continue;
        };
        if waited {
            return Ok(Some(answer));
        }
        if matches!(Observation::of(Some(answer.clone())), Observation::Busy(_)) {
            wait(step, arm, tell).await?;
            continue;
        }
        let settled = settle(&answer, desired.value(), &verify.rules);
        if settled == answer {
            return Ok(Some(answer));
        }
        let differing = deltas(&answer, &settled, &verify.rules).into_iter();
        // As the plan names them.
        let short = |path: String| path.strip_prefix("properties.").unwrap_or(&path).to_owned();
        paths = differing.map(|delta| short(delta.path)).collect();
    }
    Err(if paths.is_empty() { Trouble::Gone } else { Trouble::Differs { paths } })
}
