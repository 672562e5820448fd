//! Facts held against a profile: pure, one file for each area.
//!
//! A check says what was found, what comes of it and what to run. What could not be read is
//! said too, so that silence always means "looked at".

mod bearing;
mod case;
mod exits;
mod machines;
mod missing;
mod names;
mod network;
mod peerings;
mod power;
mod providers;
mod quota;
mod rights;
mod standing;
mod subnets;
mod traffic;
mod unread;
mod upgrades;
mod versions;
mod way_out;

use crate::profile::schema::Profile;

use self::case::Case;
use self::unread::{Blank, unread};

pub(super) use self::bearing::bearing;
pub(super) use self::machines::find;
pub(super) use self::power::stopped;
pub(super) use self::quota::{cores_by_name, quotas};
pub(super) use self::upgrades::upgrades;

use super::facts::Facts;
use super::finding::{self, Area, Finding};
use super::needs::Needs;

/// Returns every finding, by area, the worst first within each.
pub(super) fn check(
    facts: &Facts,
    profile: Option<&Profile>,
    needs: Option<&Needs>,
) -> Vec<Finding> {
    let mut found = subscription(facts);
    found.extend(rights::check(facts, needs));
    let nowhere = providers::nowhere(facts);
    // What a region offers that does not exist, nobody can tell.
    let is_somewhere = nowhere.is_none();
    found.extend(nowhere.map(|found| match needs {
        Some(needs) => found.on(&needs.group),
        None => found,
    }));
    found.extend(providers::check(facts, needs));
    found.extend(standing::locks(facts, needs));
    found.extend(standing::policies(facts, needs));
    if let (Some(profile), Some(needs)) = (profile, needs) {
        let case = Case { facts, profile, needs };
        found.extend(names::check(&case));
        if is_somewhere {
            found.extend(versions::check(&case));
            found.extend(machines::check(&case));
            found.extend(quota::check(&case));
        }
        found.extend(network::check(&case));
        found.extend(peerings::check(&case));
        found.extend(subnets::check(&case));
        found.extend(power::check(&case));
        found.extend(traffic(&case));
    } else if is_somewhere {
        found.extend(versions::offered(facts));
        found.extend(quota::left(facts));
    }
    finding::sort(&mut found);
    found
}

/// Returns the findings about ranges and existing networks, the worst first.
pub(super) fn networks(facts: &Facts, profile: &Profile, needs: &Needs) -> Vec<Finding> {
    let case = Case { facts, profile, needs };
    let mut found = network::check(&case);
    found.extend(peerings::check(&case));
    found.extend(subnets::check(&case));
    finding::sort(&mut found);
    found
}

/// Returns what is wrong with what stands, whatever is written: a cluster that is stopped, traffic
/// that does not go as the profile says.
pub(super) fn standing(facts: &Facts, profile: &Profile, needs: &Needs) -> Vec<Finding> {
    let case = Case { facts, profile, needs };
    power::check(&case).into_iter().chain(traffic(&case)).collect()
}

fn traffic(case: &Case<'_>) -> Vec<Finding> {
    [exits::check(case), way_out::check(case), traffic::check(case)].concat()
}

fn subscription(facts: &Facts) -> Vec<Finding> {
    let area = Area::Subscription;
    let id = &facts.subscription_id;
    let mut found = Vec::new();
    match facts.subscription.why() {
        // Rights on a group alone suffice for an environment in it.
        Some(why) if why.is_forbidden => {
            let so = "If it is disabled, nothing can be made in it.";
            let what = format!("subscription `{id}`");
            let blank = Blank { area, what: &what, scope: None, so };
            found.push(unread(facts, &blank, why));
        }
        Some(why) => {
            let fact = format!("Subscription `{id}` cannot be read: {}.", why.why);
            found.push(
                Finding::error(area, id, fact)
                    .so("Nothing can be made in it.")
                    .run("az account list --output table"),
            );
        }
        None => {}
    }
    if let Some(subscription) = facts.subscription.got() {
        let fact = format!(
            "Subscription `{}` (`{id}`) is {}.",
            subscription.name,
            subscription.state.to_lowercase()
        );
        found.push(match subscription.state.to_ascii_lowercase().as_str() {
            "enabled" => Finding::ok(area, id, fact),
            "warned" | "pastdue" => Finding::warning(area, id, fact)
                .so("Azure disables it unless it is paid for.")
                .run("az billing invoice list --output table"),
            _ => Finding::error(area, id, fact)
                .so("Nothing can be made or changed in it.")
                .run("az account list --output table"),
        });
        if subscription.is_limited || subscription.offer.to_lowercase().contains("freetrial") {
            let fact = format!("Its offer is `{}`, with a spending limit.", subscription.offer);
            let so = "Quotas are small, cannot be raised, and everything stops at the limit.";
            found.push(
                Finding::warning(area, id, fact)
                    .so(so)
                    .run("az vm list-usage --location REGION --output table"),
            );
        }
    }
    if let Some(login) = &facts.login {
        let fact = format!("Logged in by {}, because {}.", login.way, login.because);
        found.push(Finding::ok(area, "login", fact));
    }
    if let Some(who) = &facts.who {
        let what = if who.is_application { "application" } else { "user" };
        found.push(Finding::ok(area, &who.name, format!("You are {what} `{}`.", who.name)));
    }
    found
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
