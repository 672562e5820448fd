//! ARM's error codes and what to do about them, as a table: advice that ends in a next step.
//!
//! The advice is ours, the code and the message stay Azure's and are shown beside it. A code that
//! means several things is told apart by a word of its message; the narrower line stands first.

mod table;
#[cfg(test)]
mod tests;

use self::table::TABLE;
use crate::advice;
use crate::advice::Advice;
use crate::arm::Error;
use crate::arm::credential::{Attempt, Cause};
use crate::arm::error::Fault;
use crate::event::later;
use crate::sim;

/// What to do when no line of the table fits: how to find out more, and to go on.
const UNKNOWN: &str = "`akstool status NAME` shows what stands; correct what the message names and run the same command again; \
     `--trace FILE` keeps every exchange for a support request";

/// What to do when no way to log in works.
const NOWHERE: &str = "`az login` is the quickest way; in a pipeline set AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret, \
     certificate or federated token; `--cloud sim` needs no login";

/// What to do when the way that was set up does not work; its reason is the message.
const SET_UP: &str = "correct what the message names, or unset the variables of that way so that the next is tried, \
     such as `az login`; `--cloud sim` needs no login";

/// The same for a job of GitHub's, whose variables nobody sets by hand.
const GITHUB: &str = "the job wants `permissions: id-token: write`, and the application a federated credential for this \
     repository and branch (`az ad app federated-credential list --id APPLICATION`); correct what the message names";

/// The same for a job of Azure Pipelines'.
const PIPELINES: &str = "the step wants SYSTEM_ACCESSTOKEN as `$(System.AccessToken)`, and in \
     AZURESUBSCRIPTION_SERVICE_CONNECTION_ID the id of a connection that this pipeline may use; correct what the message names";

/// What to do when whoever gives out tokens was not reached.
const UNREACHED: &str = "nothing is known to be wrong with the login itself: see that this machine reaches the host the message \
     names, with HTTPS_PROXY where a proxy leads out and AZURE_AUTHORITY_HOST where it is set, and run the same command again; \
     `--cloud sim` needs no network";

/// What to do when a server's certificate is not trusted.
const DISTRUST: &str = "a server, or a proxy on the way, shows a certificate that this machine does not trust: \
     SSL_CERT_FILE names a PEM file of those to trust; `akstool sim serve` prints its own";

/// Tells whether TLS failed for want of trust, by rustls' words.
fn distrusts(reason: &str) -> bool {
    reason.contains("invalid peer certificate") || reason.contains("SSL_CERT_FILE")
}

/// Returns the advice for a code, if the table has any.
pub(crate) fn of_code(code: &str, message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    let line = TABLE
        .iter()
        .find(|line| line.code.eq_ignore_ascii_case(code) && message.contains(line.saying))?;
    Some(line.advice)
}

/// Returns the advice for what Azure said: of the innermost code that the table knows.
pub(crate) fn of_fault(fault: &Fault) -> &'static str {
    let inner = fault.details.iter().find_map(|inner| of_code(&inner.code, &inner.message));
    let finer = fault.subcode.as_deref().and_then(|code| of_code(code, &fault.message));
    let own = || of_code(&fault.code, &fault.message);
    inner.or(finer).or_else(own).unwrap_or(UNKNOWN)
}

/// Returns what to do about an error of ours or Azure's.
pub(crate) fn of_error(error: &Error) -> Vec<Advice> {
    if let Some(fault) = error.fault() {
        let advice = error.wait().map_or_else(|| of_fault(fault).into(), later);
        let mut hints = vec![advice];
        if let Some(request) = &fault.request_id {
            hints.push(advice!("a support request wants the request id {}", request));
        }
        return hints;
    }
    match error {
        Error::Throttled { wait, .. } => vec![later(*wait)],
        Error::Credential { reason, .. } if distrusts(reason) => vec![DISTRUST.into()],
        Error::Transport { reason, .. } if distrusts(reason) => vec![DISTRUST.into()],
        Error::Credential { attempts, cause, .. } => of_login(*cause, attempts),
        other => vec![of_failure(other.name(), &other.to_string())],
    }
}

/// Returns what to do where nobody could log in, and the reasons that the message does not tell.
fn of_login(cause: Cause, attempts: &[Attempt]) -> Vec<Advice> {
    let last = attempts.last().map_or("", |attempt| attempt.name);
    let advice = match (cause, last) {
        (Cause::Nowhere, _) => NOWHERE,
        (Cause::Unreached, _) => UNREACHED,
        (Cause::Refused, "GitHub Actions") => GITHUB,
        (Cause::Refused, "Azure Pipelines") => PIPELINES,
        (Cause::Half | Cause::Refused, _) => SET_UP,
    };
    let told = usize::from(cause != Cause::Nowhere);
    let untold = attempts.iter().take(attempts.len().saturating_sub(told));
    let untold = untold.map(|attempt| attempt.to_string().into());
    std::iter::once(advice.into()).chain(untold).collect()
}

/// Returns what to do about a step that failed, from the code and message an event carries.
pub(crate) fn of_failure(code: &str, message: &str) -> Advice {
    of_code(code, message).unwrap_or(UNKNOWN).into()
}

/// Returns what to do about the embedded Azure itself.
pub(crate) fn of_sim(error: &sim::Error) -> Advice {
    match error {
        sim::Error::Damaged { .. } => {
            "it is left as it is: `akstool sim reset --force` puts it aside and begins anew, \
             AKSTOOL_SIM_STATE names another file"
                .into()
        }
        sim::Error::Newer { .. } => {
            "it is left as it is: use the newer akstool; `akstool sim reset --force` puts it aside \
             and begins anew, AKSTOOL_SIM_STATE names another file"
                .into()
        }
        sim::Error::Read { .. } | sim::Error::Write { .. } => {
            "AKSTOOL_SIM_STATE names another file for it".into()
        }
        sim::Error::Script { .. } => {
            "`--sim-faults` names a JSON file such as `{\"faults\": [{\"path\": \"*/managedClusters/*\", \
             \"throttle\": 7}]}`: correct it, or leave the option out"
                .into()
        }
        sim::Error::Refused { body, .. } => {
            let error = body.get("error").unwrap_or(body);
            let text = |name| error.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
            of_failure(text("code"), text("message"))
        }
    }
}
