//! The api-versions that a run has spoken to each type with.

use std::collections::BTreeMap;

use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::arm::request::Target;

/// Which version each type of resource was asked with, so that what holds another is asked in its
/// own: one of another type is refused, and a refusal tells nothing.
#[derive(Debug, Default)]
pub(super) struct Spoken(BTreeMap<String, ApiVersion>);

impl Spoken {
    /// Notes what a request that Azure took was about.
    pub(super) fn note(&mut self, target: &Target) {
        if let Target::ById { id, suffix, api, .. } = target
            && suffix.is_empty()
        {
            self.0.insert(id.resource_type().to_ascii_lowercase(), api.clone());
        }
    }

    /// Returns the version to ask `holder` with, whom a request about `id` met: a provider's types
    /// go together where nothing better is known. `None` where any version would be a guess.
    pub(super) fn version(
        &self,
        holder: &ResourceId,
        id: &ResourceId,
        api: &ApiVersion,
    ) -> Option<ApiVersion> {
        let (own, other) = (id.resource_type(), holder.resource_type());
        let provider = |kind: &str| kind.split('/').next().map(str::to_ascii_lowercase);
        if own.eq_ignore_ascii_case(&other) {
            return Some(api.clone());
        }
        let spoken = self.0.get(&other.to_ascii_lowercase()).cloned();
        let group = || (holder.group().as_ref() == Some(holder)).then_some(GROUPS);
        let kin = || (provider(&own) == provider(&other)).then(|| api.clone());
        spoken.or_else(group).or_else(kin)
    }
}

/// The version that groups are asked with before they were read; ARM's own type, and the newest of
/// its versions that the recordings and the clouds know.
pub(super) const GROUPS: ApiVersion = ApiVersion::new("2025-04-01");
