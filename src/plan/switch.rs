//! Whether a cluster runs, and the request that switches it; pure.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::observed::{Observation, tag};
use super::wish::Moved;
use crate::kind::ENVIRONMENT;

/// Whether a cluster is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// It is to run.
    Running,
    /// It is to sleep.
    Stopped,
}

impl Power {
    /// Returns the command's word, which is the request's as well.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Running => "start",
            Self::Stopped => "stop",
        }
    }

    /// Returns Azure's word for the state.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Stopped => "Stopped",
        }
    }

    /// Returns what a cluster's body says of its power; one that says nothing runs.
    pub fn of(cluster: &Value) -> Self {
        let code = cluster.pointer("/properties/powerState/code").and_then(Value::as_str);
        let stopped = code.is_some_and(|code| code.eq_ignore_ascii_case("Stopped"));
        if stopped { Self::Stopped } else { Self::Running }
    }
}

/// A cluster's power as it is to be, and whose the cluster must still be.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// What it is to be.
    pub to: Power,
    /// The environment that the tag of what stands there must name.
    pub owner: Option<String>,
}

/// What is to be done about a switch, now that one has looked again.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// It is sent.
    Send,
    /// It is as wished already.
    Done,
    /// Azure is at work on the cluster and takes nothing else meanwhile.
    Wait,
    /// It is no longer what the user agreed to.
    Stop(Moved),
}

impl Switch {
    /// Decides on what was found just now.
    pub fn decide(&self, found: &Value) -> Turn {
        let now = tag(found, ENVIRONMENT);
        if self.owner.is_some() && self.owner.as_deref() != now {
            return Turn::Stop(Moved::Owner { now: now.map(str::to_owned), is_new: false });
        }
        match Observation::of(Some(found.clone())) {
            Observation::Busy(_) => Turn::Wait,
            _ if Power::of(found) == self.to => Turn::Done,
            _ => Turn::Send,
        }
    }
}
