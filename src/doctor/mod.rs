//! What can be said by reading Azure: whether `up` would go through, before its first write.
//!
//! Layer 3. `needs` says what a profile asks of Azure, from the graph that `compose` makes;
//! `gather` reads, all at once, and keeps what was refused apart from what is not there; `facts`
//! are the answers as plain values; `check`, pure, holds the one against the other and says for
//! each finding what was found, what comes of it and what to run. `preflight` is the short look that
//! a run takes before its first write, at what stands in the way of its [`Writes`]. `live` knows what stands around
//! a profile's network, `foresight`, pure, what follows from what a plan has read of it, `versions` what `latest` means
//! in a region.

mod ask;
mod attached;
mod check;
pub mod facts;
mod finding;
mod foresight;
mod gather;
mod held;
pub mod live;
mod names;
mod needs;
mod policies;
mod preflight;
mod reading;
mod register;
pub mod roles;
mod upgrade;
pub mod versions;
mod who;
mod writes;

use std::collections::BTreeSet;

use crate::arm::client::Arm;
use crate::arm::credential::Taken;
use crate::arm::error::Error;
use crate::profile::schema::Profile;

use self::gather::{Asked, Depth, gather};
use self::needs::Needs;

pub use self::finding::{Area, Finding, Report, SCHEMA, Severity, Summary};
pub use self::foresight::{Foresight, attached, foresee};
pub use self::gather::versions as offered_versions;
pub use self::preflight::{locks, locks_of_each, preflight};
pub use self::register::{Registered, register};
pub use self::upgrade::{Added, reach, room};
pub use self::who::Who;
pub use self::writes::Writes;

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
    /// How the one who asks logged in, where that takes a login.
    pub login: Option<&'a Taken>,
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
    let held = async {
        match &needs {
            Some(needs) => held::held(arm, needs).await,
            None => BTreeSet::new(),
        }
    };
    let facts = Box::pin(gather(arm, &asked, question.who.clone()));
    let (facts, held) = tokio::join!(facts, held);
    let mut facts = facts?;
    let needs = needs.map(|needs| needs.without(&held));
    facts.login = question.login.cloned();
    let findings = check::check(&facts, question.profile, needs.as_ref());
    Ok(Report {
        schema: SCHEMA,
        environment: question.profile.map(|profile| profile.metadata.name.clone()),
        subscription: question.subscription.to_owned(),
        location: location.map(str::to_owned),
        who: question.who.clone(),
        login: question.login.cloned(),
        unregistered: facts.unregistered(),
        summary: Summary::of(&findings),
        findings,
    })
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
