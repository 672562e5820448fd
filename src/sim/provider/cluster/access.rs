//! What is asked of a cluster beside PUT and DELETE: stop, start, abort; the
//! preconditions AKS checks; and the ranges that may reach a cluster.

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::super::super::asked::Asked;
use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::operation::{Verb, Verdict};
use super::super::super::ops::set_state;
use super::super::super::world::World;
use super::super::{Answer, catalog};
use super::{KIND, course, credential, effects, not_busy, pool_check, renew_tag};

/// Stopping: 120 s, starting: 270 s, medians of the recordings.
const STOP: u64 = 120_000;
const START: u64 = 270_000;

/// Checks `If-Match` and `If-None-Match` as the AKS documentation lists them.
pub(crate) fn preconditions(asked: &Asked, tag: Option<&str>) -> Result<(), Refusal> {
    let (wanted, unwanted) = (asked.if_match.as_deref(), asked.if_none_match.as_deref());
    if wanted.is_some() && unwanted.is_some() {
        return Err(bad("Only one of the headers If-Match and If-None-Match may be given."));
    }
    if unwanted.is_some_and(|value| value != "*") {
        return Err(bad("The If-None-Match header must be '*'."));
    }
    let plain = |value: &str| value.trim_start_matches("W/").trim_matches('"').to_owned();
    let missed = match (wanted, tag) {
        (Some("*"), tag) => tag.is_none(),
        (Some(wanted), tag) => tag.is_none_or(|tag| plain(wanted) != tag),
        (None, tag) => unwanted.is_some() && tag.is_some(),
    };
    if !missed {
        return Ok(());
    }
    Err(Refusal::aks(
        412,
        "PreconditionFailed",
        "The condition specified using HTTP conditional header(s) is not met. See \
         https://aka.ms/aks/etag for more information.",
    ))
}

/// Refuses authorized ranges that are no addresses, no ranges and no service tags (`AzureCloud`),
/// which is what the AKS documentation on authorized ranges lets stand there.
pub(crate) fn ranges(given: &Value) -> Result<(), Refusal> {
    let is_range = |text: &str| {
        text.parse::<ipnet::IpNet>().is_ok() || text.parse::<std::net::IpAddr>().is_ok()
    };
    let is_tag = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    };
    let all = body::texts(given, "/properties/apiServerAccessProfile/authorizedIPRanges");
    // api-server-authorized-ip-ranges: 200, and 2,000 with API Server VNet Integration.
    let integrated = body::flag(given, "/properties/apiServerAccessProfile/enableVnetIntegration");
    let most = if integrated { 2_000 } else { 200 };
    if all.len() > most {
        let details = format!("{} ranges are given, at most {most} are allowed.", all.len());
        return Err(pool_check::invalid("apiServerAccessProfile.authorizedIPRanges", &details));
    }
    let odd = all.into_iter().find(|text| !text.is_empty() && !is_range(text) && !is_tag(text));
    let Some(odd) = odd else { return Ok(()) };
    let details = format!("'{odd}' is neither an IP address, nor a CIDR, nor a service tag.");
    Err(pool_check::invalid("apiServerAccessProfile.authorizedIPRanges", &details))
}

/// Refuses a cluster that nobody could log in to, and roles of Azure without Entra ID.
pub(crate) fn accounts(stored: &Value) -> Result<(), Refusal> {
    let profile = stored.pointer("/properties/aadProfile");
    if body::flag(stored, "/properties/disableLocalAccounts") && profile.is_none() {
        // As github.com/cilium/cilium/pull/48265 was told in September 2026.
        return Err(bad(
            "Since kubernetes version 1.25, disableLocalAccounts can only be set on Azure AD \
             integration enabled cluster. Please integrate your cluster with AAD.",
        ));
    }
    let by_azure = profile.is_some_and(|one| body::flag(one, "/enableAzureRBAC"));
    if by_azure && !profile.is_some_and(|one| body::flag(one, "/managed")) {
        let details = "Azure RBAC requires AKS-managed Azure Active Directory integration.";
        return Err(pool_check::invalid("aadProfile.enableAzureRBAC", details));
    }
    Ok(())
}

fn bad(message: &str) -> Refusal {
    Refusal::aks(400, "BadRequest", message)
}

/// Answers a POST to a cluster.
pub(crate) fn act(
    world: &mut World,
    asked: &Asked,
    id: &ResourceId,
    verb: &str,
) -> Result<Answer, Refusal> {
    match verb {
        "listclusterusercredential"
        | "listclusteradmincredential"
        | "listclustermonitoringusercredential" => {
            credential::list(world, asked, id, verb == "listclusteradmincredential")
        }
        "stop" => power(world, id, "Stopped"),
        "start" => power(world, id, "Running"),
        "abort" => abort(world, id),
        "rotateclustercertificates"
        | "rotateserviceaccountsigningkeys"
        | "resetserviceprincipalprofile" => {
            not_busy(world, id)?;
            let stored = world.body(id.as_str()).unwrap_or_default();
            pool_check::cluster_takes(&stored, "updating")?;
            set_state(world, id.as_str(), "Updating");
            Ok(accepted(course(world, id.as_str(), Verb::Update, 300_000, Vec::new())))
        }
        "runcommand" => Err(Refusal::aks(
            400,
            "OperationNotAllowed",
            "The embedded Azure runs no command in a cluster: no pod runs there. Azure runs it in a \
             pod of the cluster. What the cluster holds is read at its API server.",
        )),
        _ => Err(catalog::unknown_type(&format!("{KIND}/{verb}"), &asked.api)),
    }
}

fn accepted(operation: String) -> Answer {
    Answer { operation: Some(operation), ..Answer::status(202) }.taking(1_000)
}

fn power(world: &mut World, id: &ResourceId, to: &str) -> Result<Answer, Refusal> {
    not_busy(world, id)?;
    let stored = world.body(id.as_str()).unwrap_or_default();
    let now = body::text(&stored, "/properties/powerState/code").unwrap_or("Running");
    if now == to && to == "Stopped" {
        pool_check::cluster_takes(&stored, "stopping")?;
    }
    if now == to && to == "Running" {
        return Err(Refusal::aks(
            400,
            "OperationNotAllowed",
            "start is not allowed: the cluster is not in stopped state.",
        ));
    }
    let (state, verb, lasts) =
        if to == "Stopped" { ("Stopping", "stop", STOP) } else { ("Starting", "start", START) };
    set_state(world, id.as_str(), state);
    renew_tag(world, id.as_str());
    Ok(accepted(course(world, id.as_str(), Verb::Act(verb.to_owned()), lasts, Vec::new())))
}

fn abort(world: &mut World, id: &ResourceId) -> Result<Answer, Refusal> {
    cancel(world, id, "managed cluster")
}

/// Cancels what goes on at a cluster or pool.
pub(crate) fn cancel(world: &mut World, id: &ResourceId, what: &str) -> Result<Answer, Refusal> {
    let Some(running) = world.running_at(id.as_str()).map(|running| running.id.clone()) else {
        return Err(Refusal::aks(
            409,
            "OperationNotAllowed",
            format!("There is no operation in progress on the {what} that can be aborted."),
        ));
    };
    world.cut_short(&running, |operation| operation.verdict = Verdict::Canceled);
    effects::settle_cut(world);
    set_state(world, id.as_str(), "Canceling");
    Ok(accepted(course(world, id.as_str(), Verb::Act("abort".to_owned()), 31_000, Vec::new())))
}
