//! What the profile does not say and compose needs.

use std::collections::BTreeMap;

use crate::address::Range;
use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::kind::Tags;

/// What the profile does not say and compose needs.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The subscription that everything is made in.
    pub subscription: String,
    /// When the environment may be taken down, RFC 3339; `None` is never.
    pub expires: Option<String>,
    /// Further tags on all that carries tags.
    pub marks: Tags,
    /// What is attached to existing subnets: whoever uses these has to have a right on that too.
    pub attached: BTreeMap<ResourceId, Vec<ResourceId>>,
    /// Whether what was adopted gets the environment's tags.
    pub owns: bool,
    /// The range that the pods of a standing cluster have, for a profile that does not say it.
    pub pods: Option<Range>,
    /// How many addresses our NAT gateway has, for a profile that does not say it.
    pub addresses: Option<u32>,
    /// Versions to speak instead of the kinds' own, by resource type.
    pub api_versions: BTreeMap<String, ApiVersion>,
}

impl Setting {
    /// Tells whether a type is to be spoken to in a preview version.
    pub(super) fn is_preview(&self, resource_type: &str) -> bool {
        let mut chosen = self.api_versions.iter();
        chosen.any(|(kind, version)| {
            kind.eq_ignore_ascii_case(resource_type) && version.as_str().ends_with("-preview")
        })
    }
}
