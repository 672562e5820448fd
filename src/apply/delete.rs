//! Deleting: what is still ours and still holds what the plan saw, and nothing else.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::look::wait;
use super::work::{Trouble, Work, conditions, moment};
use crate::arm::body::ApiVersion;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::operation::Progress;
use crate::arm::request::{Method, Request};
use crate::plan::{Deletion, is_deleting, ownership};

/// How often a deletion is tried anew because the mark moved; chosen, as for a write.
const OVERTAKEN: u32 = 20;

/// Looks at the resource once more and deletes it; what is gone already is as good as deleted.
///
/// The look comes right before: a deletion cannot be taken back, and takes along what stands in the
/// resource. The mark closes the gap between the two.
pub(super) async fn delete(work: &Work<'_>, deletion: &Deletion) -> Result<(), Trouble> {
    let mut overtaken = 0;
    loop {
        let Some(found) = work.read().await? else { return Ok(()) };
        if is_deleting(&found) {
            return going(work).await;
        }
        let condition = deletion.decide(&found).map_err(Trouble::Moved)?;
        let mut request = Request::new(Method::Delete, &work.step.id, "", &work.step.api)
            .with_conditions(conditions(&condition));
        if let Some((name, value)) = deletion.asks {
            request = request.with_parameter(name, value);
        }
        match work.send(request).await {
            Err(Trouble::Arm(error)) if error.status() == Some(404) => return Ok(()),
            Err(trouble) if trouble.is_overtaken() && overtaken < OVERTAKEN => overtaken += 1,
            other => return other,
        }
        work.arm.clock().sleep(moment(overtaken)).await;
    }
}

/// What another run, or a first try whose answer was lost, is taking away is waited for.
pub(super) async fn going(work: &Work<'_>) -> Result<(), Trouble> {
    wait(work).await?;
    match work.read().await? {
        None => Ok(()),
        Some(_) => Err(Trouble::Unwell { state: "not deleted".to_owned() }),
    }
}

/// Makes sure that a group holds nothing any more: what was deleted before may still be listed for
/// a while, or may have been made again by another run.
pub(super) async fn empty(
    work: &Work<'_>,
    before: &[(ResourceId, ApiVersion)],
) -> Result<(), Trouble> {
    let mut contents = Vec::new();
    for id in self::contents(work).await? {
        let deleted = before.iter().find(|(deleted, _)| *deleted == id);
        if let Some((id, api)) = deleted
            && work.arm.get(id, api).await?.is_none()
        {
            continue;
        }
        contents.push(told(&id));
    }
    if contents.is_empty() { Ok(()) } else { Err(Trouble::Refilled { contents }) }
}

/// Returns what stands in the group. ARM's own list is told by a cache and may not know what was made
/// a moment ago; the providers' lists are their own.
async fn contents(work: &Work<'_>) -> Result<Vec<ResourceId>, Trouble> {
    let listed = work.arm.list(&work.step.id, "/resources", &work.step.api, &[]).await;
    let told = try_join_all(ownership::types().map(|(kind, api)| async move {
        let suffix = format!("/providers/{kind}");
        unseen_as_empty(work.arm.list(&work.step.id, &suffix, &api, &[]).await)
    }));
    let mut items = absent_as_empty(listed)?;
    items.extend(told.await?.concat());
    let dweller = |item| ownership::dweller(&work.step.id, item);
    let mut ids: Vec<ResourceId> = items.iter().map(dweller).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Returns what stands somewhere as people read it.
fn told(id: &ResourceId) -> String {
    format!("{} `{}`", id.resource_type(), id.name())
}

/// Deletes a group with all in it: what was not seen there would go along, so where time has passed
/// since it was looked at, one looks again.
pub(super) async fn whole(
    work: &Work<'_>,
    deletion: &Deletion,
    known: &[ResourceId],
    waits: bool,
) -> Result<(), Trouble> {
    if work.is_stale() {
        let is_known = |id: &ResourceId| known.iter().any(|one| one == id || id.is_under(one));
        let new = contents(work).await?.into_iter().filter(|id| !is_known(id));
        let new: Vec<String> = new.map(|id| told(&id)).collect();
        if !new.is_empty() {
            return Err(Trouble::Refilled { contents: new });
        }
    }
    if waits {
        return delete(work, deletion).await;
    }
    let Some(found) = work.read().await?.filter(|found| !is_deleting(found)) else {
        return Ok(());
    };
    let condition = deletion.decide(&found).map_err(Trouble::Moved)?;
    let request = Request::new(Method::Delete, &work.step.id, "", &work.step.api)
        .with_conditions(conditions(&condition));
    match work.arm.send(request).await {
        Err(error) if error.status() != Some(404) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Waits until something is gone that another hand or Azure itself takes away: a group that goes
/// along with what was deleted, a cluster that works by what is to be deleted.
pub(super) async fn gone(
    work: &Work<'_>,
    other: &ResourceId,
    api: &ApiVersion,
) -> Result<(), Trouble> {
    let (clock, pace) = (work.arm.clock(), work.step.pace);
    let (name, is_nodes) = (other.name(), other.group().is_none_or(|group| group == *other));
    let begun = clock.elapsed();
    let mut said = String::new();
    // Whoever may not read it has nobody to ask, and goes on.
    while let Ok(Some(_)) = work.arm.get(other, api).await {
        let phase = if is_nodes {
            format!("the group of its nodes, {name}, is still there")
        } else {
            format!("{name}, which works by it, is still there")
        };
        work.report(&mut said, Progress { phase, notice: None, percent: None });
        let after = clock.elapsed().saturating_sub(begun);
        if after > pace.give_up {
            let what = format!("the deletion of {name}");
            return Err(Error::GaveUp { after, what }.into());
        }
        clock.sleep(pace.every).await;
    }
    Ok(())
}

/// A group that is gone holds nothing.
fn absent_as_empty(listed: Result<Vec<Value>, Error>) -> Result<Vec<Value>, Error> {
    match listed {
        Err(error) if error.status() == Some(404) => Ok(Vec::new()),
        other => other,
    }
}

/// Whoever may not list a type has ARM's own list of the group to go by.
fn unseen_as_empty(listed: Result<Vec<Value>, Error>) -> Result<Vec<Value>, Error> {
    match listed {
        Err(error) if [Some(403), Some(404)].contains(&error.status()) => Ok(Vec::new()),
        Err(error) if error.is_unregistered() => Ok(Vec::new()),
        other => other,
    }
}
