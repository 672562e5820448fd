//! Kubernetes versions as numbers: `1.34` and `1.34.2`.

use std::fmt;

/// A Kubernetes version; without a patch it means the minor version as such, and comes before all
/// its patches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: Option<u32>,
}

impl Version {
    /// Reads `1.34` or `1.34.2`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| part.parse().ok()).flatten()
        };
        let mut parts = text.split('.');
        let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
        let patch = match parts.next() {
            Some(part) => Some(number(part)?),
            None => None,
        };
        parts.next().is_none().then_some(Self { major, minor, patch })
    }

    /// Reads a version for order alone: what is none comes before every one.
    pub fn read(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// Returns how many minor versions lie between two, whichever is newer.
    pub const fn apart(self, other: Self) -> u32 {
        self.minor.abs_diff(other.minor)
    }

    /// Tells whether a patch is named.
    pub const fn is_exact(self) -> bool {
        self.patch.is_some()
    }

    /// Returns the minor version, without a patch.
    pub const fn minor(self) -> Self {
        Self { patch: None, ..self }
    }

    /// Returns how many minor versions lie from `self` up to another; 0 for one that is not newer.
    pub fn steps_to(self, other: Self) -> u32 {
        if other.major == self.major { other.minor.saturating_sub(self.minor) } else { 0 }
    }

    /// Tells whether a version is at most what this one means: `1.34` takes in every patch of it.
    pub fn takes_in(self, other: Self) -> bool {
        if self.patch.is_some() { other <= self } else { other.minor() <= self }
    }

    /// Returns the minor version after this one.
    pub const fn next_minor(self) -> Self {
        Self { major: self.major, minor: self.minor + 1, patch: None }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn what_is_read_is_printed_again_and_all_else_is_refused() {
        for text in ["1.34", "1.34.2", "0.0.0", "1.9.10"] {
            assert_eq!(version(text).to_string(), text);
        }
        for text in
            ["", "1", "1.", "1.x", "1.2.3.4", "v1.34", "latest", "1.34.", "+1.2", "1.99999999999"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_a_minor_version_takes_in_its_patches() {
        assert!(version("1.9.9") < version("1.10.0"));
        assert!(version("1.34.2").takes_in(version("1.34.1")));
        assert!(!version("1.34.2").takes_in(version("1.34.10")));
        assert!(
            version("1.34").takes_in(version("1.34.10"))
                && version("1.34").takes_in(version("1.33"))
        );
        assert!(!version("1.34").takes_in(version("1.35.0")));
        assert_eq!(version("1.32.7").steps_to(version("1.35")), 3);
        assert_eq!(version("1.35").steps_to(version("1.32")), 0);
    }
}
