//! What can be said by reading Azure: whether `up` would go through, before its first write.
//!
//! Layer 3. `needs` says what a profile asks of Azure, from the graph that `compose` makes;
//! `gather` reads, all at once, and keeps what was refused apart from what is not there; `facts`
//! are the answers as plain values; `check`, pure, holds the one against the other and says for
//! each finding what was found, what comes of it and what to run. `live` knows what stands around
//! a profile's network, `versions` what `latest` means in a region.

mod check;
pub mod facts;
mod finding;
mod gather;
pub mod live;
mod needs;
mod policies;
mod reading;
mod register;
pub mod roles;
pub mod versions;
mod who;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::profile::schema::Profile;

use self::gather::{Asked, Depth, gather};
use self::needs::Needs;

pub use self::finding::{Area, Finding, Report, SCHEMA, Severity, Summary};
pub use self::gather::versions as offered_versions;
pub use self::register::{Registered, register};
pub use self::who::Who;

/// How long `up` waits for a look beforehand; chosen: a read takes a second or two, and one that
/// does not answer must not hold up what it is about.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Question<'a> {
    /// The subscription's id.
    pub subscription: &'a str,
    /// The profile, when there is one.
    pub profile: Option<&'a Profile>,
    /// The region, when there is no profile; without one nothing regional is looked at.
    pub location: Option<&'a str>,
    /// Who asks, as far as it is known.
    pub who: Option<Who>,
}

/// Looks at everything. Only a subscription that cannot be reached at all is an error.
pub async fn examine(arm: &Arm, question: &Question<'_>) -> Result<Report, Error> {
    let needs = question.profile.map(|profile| Needs::of(profile, question.subscription));
    let location = question.profile.map(|profile| profile.metadata.location.as_str());
    let location = location.or(question.location);
    let asked = Asked {
        subscription: question.subscription,
        location,
        needs: needs.as_ref(),
        depth: Depth::Whole,
    };
    let facts = Box::pin(gather(arm, &asked, question.who.clone())).await?;
    let findings = check::check(&facts, question.profile, needs.as_ref());
    Ok(Report {
        schema: SCHEMA,
        environment: question.profile.map(|profile| profile.metadata.name.clone()),
        subscription: question.subscription.to_owned(),
        location: location.map(str::to_owned),
        who: question.who.clone(),
        unregistered: facts.unregistered(),
        summary: Summary::of(&findings),
        findings,
    })
}

/// Looks at what `up` wants to know before its first write, in one round of reads: rights,
/// registrations, versions, sizes, quota, names, the existing network, as far as they matter to
/// the resources that are about to be `made`. Returns what is wrong only; what could not be read
/// is left to `up` itself.
pub async fn preflight(
    arm: &Arm,
    profile: &Profile,
    subscription: &str,
    made: BTreeSet<ResourceId>,
) -> Vec<Finding> {
    let needs = Needs::of(profile, subscription).only(made);
    let location = Some(profile.metadata.location.as_str());
    let asked = Asked { subscription, location, needs: Some(&needs), depth: Depth::Cheap };
    let reads = arm.clock().timeout(PATIENCE, Box::pin(gather(arm, &asked, None))).await;
    let Some(Ok(facts)) = reads else { return Vec::new() };
    let mut findings = check::check(&facts, Some(profile), Some(&needs));
    findings.retain(|found| matches!(found.severity, Severity::Error | Severity::Warning));
    findings
}

/// Returns a built-in profile with overrides.
#[cfg(test)]
fn built_in(name: &str, set: &[String]) -> Profile {
    let text = crate::profile::builtin::find(name).unwrap().text;
    let overrides =
        crate::profile::Overrides { set: set.to_vec(), ..crate::profile::Overrides::default() };
    crate::profile::load(text.as_bytes(), name, &overrides).unwrap().profile
}

#[cfg(test)]
#[path = "sim_tests.rs"]
mod tests;
