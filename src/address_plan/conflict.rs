//! Ranges that collide with each other, with what AKS keeps, or with where they must lie, in words.

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::free::is_private;
use crate::address::{self, Range, Role, conflicts, reserved_for};
use crate::profile::schema::Profile;
use crate::profile::{Claim, Ranges, Surroundings};

/// Something that cannot be as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The ranges concerned, each with what it is for.
    pub between: Vec<String>,
    /// What is wrong, as a sentence.
    pub text: String,
    /// The same ranges, for whoever says it in other words.
    #[serde(skip)]
    pub claims: Vec<Claim>,
}

impl Conflict {
    fn of(claims: &[&Claim], text: String) -> Self {
        let between = claims.iter().map(|claim| name(claim)).collect();
        Self { between, text, claims: claims.iter().copied().cloned().collect() }
    }

    /// Returns the claim in one of these roles, if there is one.
    pub fn claim(&self, roles: &[Role]) -> Option<&Claim> {
        self.claims.iter().find(|claim| roles.contains(&claim.role))
    }
}

/// Finds every conflict, at most a thousand overlaps.
pub(super) fn find(profile: &Profile, ranges: &Ranges, around: &Surroundings) -> Vec<Conflict> {
    let claims = profile.claims(ranges, around);
    let all: Vec<(Range, Role)> = claims.iter().map(|claim| (claim.range, claim.role)).collect();
    let networks: Vec<String> = ranges.vnet.iter().map(Range::to_string).collect();
    let said = |found: address::Conflict| match found {
        address::Conflict::Overlap { is_taken: true, .. } => None,
        address::Conflict::Overlap { first, second, .. } => {
            let (one, other) = (&claims[first], &claims[second]);
            let text = format!("{} overlaps {}.", name(one), name(other));
            Some(Conflict::of(&[one, other], text))
        }
        address::Conflict::Outside(at) => {
            let (subnet, networks) = (name(&claims[at]), networks.join(", "));
            let text = format!("{subnet} lies outside the virtual network {networks}.");
            Some(Conflict::of(&[&claims[at]], text))
        }
    };
    let mut found: Vec<Conflict> = conflicts(&all).listed.into_iter().filter_map(said).collect();
    // The network around a subnet says what holds for it; an unknown one says nothing.
    let is_asked = |claim: &&Claim| match claim.role {
        Role::Subnet => ranges.vnet.is_empty(),
        role => role.is_ours(),
    };
    found.extend(claims.iter().filter(is_asked).flat_map(forbidden));
    found
}

/// Returns a range and what it is for.
fn name(claim: &Claim) -> String {
    let Claim { range, role, path, name } = claim;
    match role {
        Role::Network => format!("the virtual network {range}"),
        Role::Subnet => format!("subnet `{name}` {range}"),
        Role::Pods => format!("pods {range}"),
        Role::Services => format!("services {range}"),
        Role::Neighbour => format!("subnet `{name}` in Azure {range}"),
        Role::Elsewhere if path.is_empty() => format!("network `{name}` in Azure {range}"),
        Role::Elsewhere if name.is_empty() => format!("avoided {range}"),
        Role::Elsewhere => format!("peer `{name}` {range}"),
    }
}

fn forbidden(claim: &Claim) -> Vec<Conflict> {
    let (range, named) = (&claim.range, name(claim));
    let conflict = |text: String| Conflict::of(&[claim], text);
    let mut found: Vec<Conflict> = reserved_for(range, claim.role)
        .iter()
        .map(|kept| conflict(format!("{named} touches {}: {}.", kept.range, kept.reason)))
        .collect();
    if claim.role == Role::Pods && range.is_ipv4() && !is_private(range) {
        let text = "is public; AKS supports private ranges (RFC 1918, RFC 6598) for pods only";
        found.push(conflict(format!("{named} {text}.")));
    }
    found
}
