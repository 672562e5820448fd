//! Deleting: what is still ours and still holds what the plan saw, and nothing else.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::look::wait;
use super::work::{Trouble, Work, conditions, moment};
use crate::arm::body::ApiVersion;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
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
        let request = Request::new(Method::Delete, &work.step.id, "", &work.step.api)
            .with_conditions(conditions(&condition));
        match work.send(request).await {
            Err(Trouble::Arm(error)) if error.status() == Some(404) => return Ok(()),
            Err(trouble) if trouble.is_overtaken() && overtaken < OVERTAKEN => overtaken += 1,
            other => return other,
        }
        work.arm.clock().sleep(moment(overtaken)).await;
    }
}

/// What another run, or a first try whose answer was lost, is taking away is waited for.
async fn going(work: &Work<'_>) -> Result<(), Trouble> {
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
    let listed = work.arm.list(&work.step.id, "/resources", &work.step.api, &[]).await;
    // ARM's own list is told by a cache and may not know what was made a moment ago; the providers'
    // lists are their own.
    let told = try_join_all(ownership::types().into_iter().map(|(kind, api)| async move {
        let suffix = format!("/providers/{kind}");
        unseen_as_empty(work.arm.list(&work.step.id, &suffix, &api, &[]).await)
    }));
    let mut items = absent_as_empty(listed)?;
    items.extend(told.await?.concat());
    let id_of =
        |item: &Value| item.get("id").map(Value::to_string).map(|id| id.to_ascii_lowercase());
    items.sort_by_key(id_of);
    items.dedup_by_key(|item| id_of(item));
    for item in items {
        let Some(text) = item.get("id").and_then(Value::as_str) else { continue };
        let Ok(id) = ResourceId::parse(text) else { continue };
        let deleted = before.iter().find(|(deleted, _)| *deleted == id);
        if let Some((id, api)) = deleted
            && work.arm.get(id, api).await?.is_none()
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

/// Whoever may not list a type has ARM's own list of the group to go by.
fn unseen_as_empty(listed: Result<Vec<Value>, Error>) -> Result<Vec<Value>, Error> {
    match listed {
        Err(error) if [Some(403), Some(404)].contains(&error.status()) => Ok(Vec::new()),
        other => other,
    }
}
