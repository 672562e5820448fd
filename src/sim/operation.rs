//! A long-running operation as a value: its phases, its deadline, and what its status says.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::{Millis, rfc3339};

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

#[cfg(test)]
mod tests {
    use super::super::world::World;
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
        let id = world.begin_operation("/t", "westeurope", Verb::Create, course);
        let operation = world.operations.get(&id).unwrap();
        assert_eq!(operation.word(1_500), "InProgress");
        assert_eq!(operation.word(3_000), "ProvisioningControlPlane");
        assert_eq!(operation.word(11_000), "Succeeded");
        assert!(operation.status(11_000)["endTime"].is_string());
        assert!(operation.url("https://x", "s", false).contains("&t=6"));
    }
}
