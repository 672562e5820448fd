//! Questions to Azure whose refusal is an answer too.

use serde_json::Value;

use super::facts::{Read, Unread};
use crate::arm::body::ApiVersion;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::request::Request;

/// Reads every page of a list.
pub(super) async fn listed<T>(
    arm: &Arm,
    scope: &ResourceId,
    suffix: &str,
    api: &ApiVersion,
    query: &[(&str, String)],
    read: fn(&Value) -> Option<T>,
) -> Read<Vec<T>> {
    match arm.list_of(scope, suffix, api, query, read).await {
        Ok(found) => Read::Got(found),
        Err(error) => unknown(&error),
    }
}

/// Reads one answer.
pub(super) async fn one<T>(arm: &Arm, request: Request, read: fn(&Value) -> Option<T>) -> Read<T> {
    match arm.answer(request).await {
        Ok(answer) => read(&answer.body).map_or_else(odd, Read::Got),
        Err(error) => unknown(&error),
    }
}

/// Reads a document, if it is there.
pub(super) async fn body(arm: &Arm, id: &ResourceId, api: &ApiVersion) -> Read<Option<Value>> {
    match arm.get(id, api).await {
        Ok(answer) => Read::Got(answer.map(|answer| answer.body)),
        Err(error) => unknown(&error),
    }
}

/// Says that an answer has no sense.
pub(super) fn odd<T>() -> Read<T> {
    let why = "the answer is not what Azure documents".to_owned();
    Read::Unknown(Unread { why, is_forbidden: false })
}

/// Returns why something could not be read; Azure's code rather than its message where it only
/// says that the asker may not.
pub(super) fn unknown<T>(error: &Error) -> Read<T> {
    let text = match error {
        Error::Refused { status: 403, fault, .. } => {
            format!("you may not read it (`{}`)", fault.code)
        }
        Error::Refused { fault, .. } => format!("Azure answered {fault}"),
        other => other.to_string(),
    };
    let is_forbidden = matches!(error, Error::Refused { status: 403, .. });
    Read::Unknown(Unread { why: text.trim_end_matches('.').to_owned(), is_forbidden })
}
