//! What goes wrong: with the simulator itself ([`Error`]) and with what was asked of it
//! ([`Refusal`], Azure's own error bodies).
//!
//! ARM and the network provider wrap their errors in `error`; AKS does not. Both shapes and the
//! texts are those of recorded traffic and of public threads, named where they stand.

use std::path::PathBuf;

use serde_json::{Value, json};

/// What can go wrong with the embedded Azure itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state file cannot be read.
    #[error("cannot read the simulated subscription in `{path}`")]
    Read {
        /// The state file or its lock.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The state file cannot be written.
    #[error("cannot write the simulated subscription to `{path}`")]
    Write {
        /// The state file or its lock.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The state file is damaged; it is left as it is.
    #[error("the simulated subscription in `{path}` is damaged: {reason}")]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The state file was written by a later version; it is left as it is.
    #[error("`{path}` is of schema {found}, written by a newer version; this one reads {known}")]
    Newer {
        /// The state file.
        path: PathBuf,
        /// The schema it says it has.
        found: u64,
        /// The newest schema this version reads.
        known: u64,
    },
    /// The fault script cannot be read or understood.
    #[error("cannot use the fault script `{path}`: {reason}")]
    Script {
        /// The script.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The simulated ARM refused what was asked.
    #[error("refused with status {status}: {body}")]
    Refused {
        /// The HTTP status ARM would have sent.
        status: u16,
        /// The error body ARM would have sent.
        body: Value,
    },
}

/// A request the simulated ARM turns down, with the body Azure sends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// Azure's error code.
    pub(crate) code: String,
    /// Azure's message.
    pub(crate) message: String,
    target: Option<Box<str>>,
    subcode: Option<Box<str>>,
    details: Option<Box<Details>>,
    more: Option<Box<Value>>,
    flat: bool,
    gateway: bool,
    /// Seconds of `Retry-After`, when the service sends one.
    pub(crate) retry_after: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Details {
    list: Vec<(String, String)>,
    target: Option<String>,
}

impl Refusal {
    /// An error of ARM itself; it carries `x-ms-failure-cause: gateway`.
    pub(crate) fn arm(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { gateway: true, ..Self::wrapped(status, code, message) }
    }

    /// An error of a provider that wraps its errors, without details.
    pub(crate) fn wrapped(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            target: None,
            subcode: None,
            details: None,
            more: None,
            flat: false,
            gateway: false,
            retry_after: None,
        }
    }

    /// An error of the network provider, which always sends a list of details.
    pub(crate) fn network(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { details: Some(Box::default()), ..Self::wrapped(status, code, message) }
    }

    /// An error of AKS, which does not wrap it.
    pub(crate) fn aks(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { flat: true, subcode: Some(Box::default()), ..Self::wrapped(status, code, message) }
    }

    /// Names the property the error is about.
    pub(crate) fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into().into());
        self
    }

    /// Sets AKS's second code.
    pub(crate) fn subcode(mut self, subcode: &str) -> Self {
        self.subcode = Some(subcode.into());
        self
    }

    /// Adds one detail.
    pub(crate) fn detail(mut self, code: &str, message: impl Into<String>) -> Self {
        self.details.get_or_insert_default().list.push((code.to_owned(), message.into()));
        self
    }

    /// Names what the details are about.
    pub(crate) fn target_of_detail(mut self, target: &str) -> Self {
        self.details.get_or_insert_default().target = Some(target.to_owned());
        self
    }

    /// Adds what Azure has to say beyond code and message.
    pub(crate) fn with(mut self, more: Value) -> Self {
        self.more = Some(Box::new(more));
        self
    }

    /// Asks the client to come back after so many seconds.
    pub(crate) fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The body as sent.
    pub(crate) fn body(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        let details = self.details.as_ref().map(|details| {
            let one = |(code, message): &(String, String)| {
                let mut detail = json!({ "code": code, "message": message });
                if let Some(target) = &details.target {
                    detail["target"] = json!(target);
                }
                detail
            };
            details.list.iter().map(one).collect()
        });
        if self.flat {
            error["details"] = details.map_or(Value::Null, Value::Array);
            error["subcode"] = json!(self.subcode.clone().unwrap_or_default());
            return error;
        }
        if let Some(details) = details {
            error["details"] = Value::Array(details);
        }
        if let Some(more) = &self.more {
            error["additionalInfo"] = (**more).clone();
        }
        json!({ "error": error })
    }

    /// The headers an error carries beside those of every answer.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if self.gateway {
            headers.push(("x-ms-failure-cause".to_owned(), "gateway".to_owned()));
        }
        if let Some(seconds) = self.retry_after {
            headers.push(("Retry-After".to_owned(), seconds.to_string()));
        }
        headers
    }
}

/// `ResourceGroupNotFound`, 850 times in the recordings.
pub(crate) fn no_group(name: &str) -> Refusal {
    Refusal::arm(
        404,
        "ResourceGroupNotFound",
        format!("Resource group '{name}' could not be found."),
    )
}

/// What a method is told that nobody serves.
pub(crate) fn not_allowed(method: &str, scope: &str) -> Refusal {
    Refusal::arm(
        405,
        "HttpMethodNotAllowed",
        format!("The HTTP method '{method}' is not supported at scope '{scope}'."),
    )
}

/// ARM's own `ResourceNotFound` for a resource right under a group.
pub(crate) fn no_resource(kind: &str, name: &str, group: &str) -> Refusal {
    Refusal::arm(
        404,
        "ResourceNotFound",
        format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more \
             details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aks_errors_are_flat_and_arm_errors_are_wrapped() {
        let aks = Refusal::aks(404, "NotFound", "gone").subcode("x").body();
        assert_eq!(
            aks,
            json!({"code": "NotFound", "message": "gone", "details": null, "subcode": "x"})
        );
        let arm = no_group("g");
        assert_eq!(arm.body()["error"]["message"], "Resource group 'g' could not be found.");
        assert_eq!(arm.headers()[0].1, "gateway");
        assert_eq!(Refusal::network(404, "NotFound", "x").body()["error"]["details"], json!([]));
    }
}
