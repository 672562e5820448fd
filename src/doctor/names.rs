//! Names that more than the group has to say about: whether one can be had.

use serde_json::{Value, json};

use super::ask::{body, listed, unknown};
use super::facts::{NameFacts, Read};
use super::reading;
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::kind::{Kind as _, LogWorkspace, Registry};

/// Reads whether the registry that a profile makes stands, and whether its name is free: it is the
/// whole cloud's, and who has it nobody is told.
pub(super) async fn registry(
    arm: &Arm,
    subscription: &ResourceId,
    own: Option<&ResourceId>,
) -> Read<NameFacts> {
    let Some(id) = own else { return Read::NotAsked };
    let request = json!({ "name": id.name(), "type": Registry::TYPE });
    let suffix = "/providers/Microsoft.ContainerRegistry/checkNameAvailability";
    let api = Registry::API;
    let name = async {
        match arm.post(subscription, suffix, &api, Some(&request)).await {
            Ok(answer) => Read::Got(reading::taken(&answer.body)),
            Err(error) => unknown(&error),
        }
    };
    let (place, taken) = tokio::join!(body(arm, id, &api), name);
    both(place, taken)
}

/// Reads whether the Log Analytics workspace that a profile makes stands, and where one of its name
/// stood that was deleted lately: Azure keeps that for 14 days.
pub(super) async fn log_workspace(
    arm: &Arm,
    subscription: &ResourceId,
    own: Option<&ResourceId>,
) -> Read<NameFacts> {
    let Some(id) = own else { return Read::NotAsked };
    let suffix = "/providers/Microsoft.OperationalInsights/deletedWorkspaces";
    let api = LogWorkspace::API;
    let read = |one: &Value| Some((ResourceId::at(one, "/id")?, reading::place(one).location));
    let deleted = async {
        let all = listed(arm, subscription, suffix, &api, &[], read).await;
        all.map(|all| all.into_iter().find(|(kept, _)| kept == id).map(|(_, place)| place))
    };
    let (place, taken) = tokio::join!(body(arm, id, &api), deleted);
    both(place, taken)
}

fn both(place: Read<Option<Value>>, taken: Read<Option<String>>) -> Read<NameFacts> {
    match (place, taken) {
        (Read::Got(place), Read::Got(taken)) => {
            Read::Got(NameFacts { place: place.as_ref().map(reading::place), taken })
        }
        (Read::Unknown(why), _) | (_, Read::Unknown(why)) => Read::Unknown(why),
        (Read::NotAsked, _) | (_, Read::NotAsked) => Read::NotAsked,
    }
}
