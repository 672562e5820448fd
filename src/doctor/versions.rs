//! Kubernetes versions: what `latest`, `latest-1`, `1.34` and `1.34.2` mean in a region.
//!
//! AKS takes a minor version as an alias for its newest patch and keeps a cluster on the patch it
//! has, so `latest` becomes a minor version: a new patch in the region is no change. A version
//! that is a preview, or that only long-term support still carries, has to be named.

use std::cmp::Reverse;

use crate::profile::schema::{Profile, SupportPlan};
use crate::version::Version;

use super::facts::Offered;

/// Why a version cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The region offers nothing, or nothing of the kind.
    #[error("no Kubernetes version is offered that `{0}` could mean")]
    Nothing(String),
    /// The region does not offer it.
    #[error("Kubernetes `{wanted}` is not offered; `{nearest}` is the nearest that is")]
    NotOffered {
        /// What was asked for.
        wanted: String,
        /// The nearest version that is offered.
        nearest: String,
    },
    /// Only long-term support still carries it.
    #[error("Kubernetes `{wanted}` is offered with long-term support only; `{nearest}` needs none")]
    LongTermOnly {
        /// What was asked for.
        wanted: String,
        /// The nearest version that the community supports.
        nearest: String,
    },
    /// The text is no version.
    #[error("`{0}` is no Kubernetes version")]
    NoVersion(String),
}

/// Tells whether a version follows the region: `latest`, `latest-1`.
pub fn floats(version: &str) -> bool {
    version.starts_with("latest")
}

/// Tells whether any version of a profile follows the region.
pub fn any_floats(profile: &Profile) -> bool {
    let pools = profile.pools.iter().filter_map(|pool| pool.version.as_deref());
    profile.cluster.version.as_deref().into_iter().chain(pools).any(floats)
}

/// Tells whether a profile asks for long-term support.
pub fn wants_long_term(profile: &Profile) -> bool {
    profile.cluster.support_plan == Some(SupportPlan::LongTerm)
}

/// Returns what a version comes to where `offered` is offered, in Azure's spelling: a minor
/// version for `latest` and `latest-1`, the text itself for a version that is offered.
pub fn resolve(wanted: &str, offered: &[Offered], long_term: bool) -> Result<String, Error> {
    if floats(wanted) {
        let back = back(wanted).ok_or_else(|| Error::NoVersion(wanted.to_owned()))?;
        let plain = newest(offered, long_term);
        let found = plain.get(back).ok_or_else(|| Error::Nothing(wanted.to_owned()))?;
        return Ok(found.minor.clone());
    }
    let version = Version::parse(wanted).ok_or_else(|| Error::NoVersion(wanted.to_owned()))?;
    let minor = offered.iter().find(|minor| version.minor() == Version::read(&minor.minor));
    let holds = |minor: &&Offered| {
        wanted == minor.minor || minor.patches.iter().any(|patch| patch == wanted)
    };
    match minor.filter(holds) {
        Some(minor) if minor.support.is_official() || long_term => Ok(wanted.to_owned()),
        Some(_) => Err(Error::LongTermOnly {
            wanted: wanted.to_owned(),
            nearest: nearest(wanted, &newest(offered, false), offered)?,
        }),
        None => Err(Error::NotOffered {
            wanted: wanted.to_owned(),
            nearest: nearest(wanted, &newest(offered, long_term), offered)?,
        }),
    }
}

/// Returns a profile in which every `latest` and `latest-1` is the version it comes to.
pub fn settle(profile: &Profile, offered: &[Offered]) -> Result<Profile, Error> {
    let mut settled = profile.clone();
    let long_term = wants_long_term(profile);
    let pools = settled.pools.iter_mut().map(|pool| &mut pool.version);
    for version in pools.chain([&mut settled.cluster.version]).flatten() {
        if floats(version) {
            *version = resolve(version, offered, long_term)?;
        }
    }
    Ok(settled)
}

/// Returns how many minor versions to go back: 0 for `latest`, 1 for `latest-1`.
fn back(wanted: &str) -> Option<usize> {
    match wanted.strip_prefix("latest")? {
        "" => Some(0),
        rest => rest.strip_prefix('-')?.parse().ok(),
    }
}

/// Returns the minor versions that may be had without asking for a preview, the newest first.
fn newest(offered: &[Offered], long_term: bool) -> Vec<&Offered> {
    let plain = |minor: &&Offered| {
        !minor.is_preview
            && (minor.support.is_official() || (long_term && minor.support.is_long_term()))
    };
    let mut found: Vec<&Offered> = offered.iter().filter(plain).collect();
    found.sort_by_key(|minor| Reverse(Version::read(&minor.minor)));
    found
}

/// Returns the version nearest to one that cannot be had: the newest patch of its minor version,
/// else the nearest minor version, the newer of two.
fn nearest(wanted: &str, plain: &[&Offered], offered: &[Offered]) -> Result<String, Error> {
    let version = Version::read(wanted);
    let same = plain.iter().find(|minor| Version::read(&minor.minor) == version.minor());
    if let Some(patch) = same.and_then(|minor| minor.patches.last()) {
        return Ok(patch.clone());
    }
    let far = |minor: &&&Offered| Version::read(&minor.minor).apart(version);
    let found = plain.iter().min_by_key(far).copied().or_else(|| offered.first());
    found.map(|minor| minor.minor.clone()).ok_or_else(|| Error::Nothing(wanted.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::facts::Support;
    use super::*;

    fn minor(name: &str, patches: &[&str]) -> Offered {
        Offered {
            minor: name.to_owned(),
            patches: patches.iter().map(|patch| (*patch).to_owned()).collect(),
            support: Support::Both,
            ..Offered::default()
        }
    }

    /// A region in the shape that was recorded: in no order, a preview, an old version with
    /// long-term support only.
    fn region() -> Vec<Offered> {
        vec![
            Offered { is_default: true, ..minor("1.33", &["1.33.0", "1.33.10"]) },
            Offered { is_preview: true, ..minor("1.36", &["1.36.0"]) },
            minor("1.34", &["1.34.0", "1.34.2"]),
            Offered { support: Support::LongTermOnly, ..minor("1.31", &["1.31.9"]) },
            minor("1.35", &["1.35.1"]),
        ]
    }

    fn got(wanted: &str) -> Result<String, String> {
        resolve(wanted, &region(), false).map_err(|error| error.to_string())
    }

    #[test]
    fn latest_is_the_newest_minor_that_is_no_preview() {
        assert_eq!(got("latest"), Ok("1.35".to_owned()));
        assert_eq!(got("latest-1"), Ok("1.34".to_owned()));
        assert_eq!(got("latest-2"), Ok("1.33".to_owned()));
    }

    #[test]
    fn latest_reaches_long_term_versions_only_for_those_who_pay() {
        assert!(got("latest-3").is_err());
        assert_eq!(resolve("latest-3", &region(), true), Ok("1.31".to_owned()));
    }

    #[test]
    fn a_version_that_is_offered_stays_as_it_is_written() {
        for version in ["1.34", "1.34.2", "1.33.10", "1.36", "1.36.0"] {
            assert_eq!(got(version), Ok(version.to_owned()));
        }
    }

    #[test]
    fn a_version_that_is_not_offered_names_the_nearest() {
        for (wanted, nearest) in
            [("1.34.7", "1.34.2"), ("1.30", "1.33"), ("1.99", "1.35"), ("1.32.4", "1.33")]
        {
            let error = resolve(wanted, &region(), false).unwrap_err();
            let wanted = wanted.to_owned();
            assert_eq!(error, Error::NotOffered { wanted, nearest: nearest.to_owned() });
        }
    }

    #[test]
    fn an_old_version_needs_long_term_support() {
        assert_eq!(
            got("1.31"),
            Err("Kubernetes `1.31` is offered with long-term support only; `1.33` needs none"
                .to_owned())
        );
        assert_eq!(resolve("1.31", &region(), true), Ok("1.31".to_owned()));
    }

    #[test]
    fn a_region_without_versions_says_so() {
        assert_eq!(resolve("latest", &[], false), Err(Error::Nothing("latest".to_owned())));
        assert_eq!(resolve("1.34", &[], false), Err(Error::Nothing("1.34".to_owned())));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "one", "1", "1.x", "1.2.3.4", "latest-", "latest-x", "latestest", "v1.34"]
        {
            let error = resolve(text, &region(), false).unwrap_err();
            assert_eq!(error, Error::NoVersion(text.to_owned()), "{text}");
        }
    }
}
