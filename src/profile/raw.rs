//! Which raw ARM properties a field of the profile says, which are Azure's own, and of which it is
//! known what a change costs.
//!
//! One table a section, read by the checks, by the planner (through [`kind`](crate::kind)) and by
//! whoever writes a profile from what stands in Azure. A test of [`compose`](crate::compose) holds
//! the tables against the bodies that the fields make.

pub(super) mod section;
mod tables;

pub use section::{Said, Section};

use super::switches;

impl Section {
    /// Every section.
    pub const ALL: [Self; 10] = [
        Self::Cluster,
        Self::Pool,
        Self::Vnet,
        Self::Subnet,
        Self::Peering,
        Self::NatGateway,
        Self::RouteTable,
        Self::SecurityGroup,
        Self::Registry,
        Self::LogWorkspace,
    ];

    /// Returns the type of the resource whose properties these are.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Cluster => "Microsoft.ContainerService/managedClusters",
            Self::Pool => "Microsoft.ContainerService/managedClusters/agentPools",
            Self::Vnet => "Microsoft.Network/virtualNetworks",
            Self::Subnet => "Microsoft.Network/virtualNetworks/subnets",
            Self::Peering => "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
            Self::NatGateway => "Microsoft.Network/natGateways",
            Self::RouteTable => "Microsoft.Network/routeTables",
            Self::SecurityGroup => "Microsoft.Network/networkSecurityGroups",
            Self::Registry => "Microsoft.ContainerRegistry/registries",
            Self::LogWorkspace => "Microsoft.OperationalInsights/workspaces",
        }
    }

    fn of_type(resource_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.resource_type().eq_ignore_ascii_case(resource_type))
    }

    /// Returns every place that fields of the profile say.
    pub fn all_said(self) -> impl Iterator<Item = Said> {
        let switches = (self == Self::Cluster).then(switches::said);
        tables::said_of(self).iter().copied().chain(switches.into_iter().flatten())
    }

    /// Returns what says this place, something in it, or what it lies in.
    pub fn said(self, place: &[String]) -> Option<Said> {
        self.all_said().find(|said| related(said.at, place))
    }

    /// Returns what says this very place or what it lies in.
    pub fn covered(self, place: &[String]) -> Option<Said> {
        self.all_said().find(|said| covers(said.at, place))
    }

    /// Tells whether this place is Azure's own, so that writing it changes nothing.
    pub fn is_read_only(self, place: &[String]) -> bool {
        tables::read_only(self).iter().any(|at| covers(at, place))
    }
}

/// Tells whether somebody knows what a change costs at a place such as
/// `properties.networkProfile.podCidr` of a resource: a field of the profile says it, or Azure's
/// documentation. Types without raw properties hold nothing else.
pub fn cost_is_known(resource_type: &str, path: &str) -> bool {
    let Some(section) = Section::of_type(resource_type) else { return true };
    let Some(rest) = path.strip_prefix("properties") else { return true };
    let place = keys(rest);
    section.said(&place).is_some()
        || tables::harmless(section).iter().any(|at| covers(at, &place))
        || section.is_read_only(&place)
}

/// Returns the keys of a path as a difference names it, items of lists as `[]`.
fn keys(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, after) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            found.push(key.to_owned());
            rest = after;
        } else if let Some(item) = rest.strip_prefix('[') {
            found.push("[]".to_owned());
            rest = item.split_once(']').map_or("", |(_, after)| after);
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            found.push(plain[..end].to_owned());
            rest = &plain[end..];
        }
    }
    found
}

/// Tells whether a pattern names this place or one that holds it.
fn covers(pattern: &str, place: &[String]) -> bool {
    pattern.split('.').count() <= place.len() && related(pattern, place)
}

/// Tells whether one of a pattern and a place holds the other.
fn related(pattern: &str, place: &[String]) -> bool {
    let same = |(want, key): (&str, &String)| want == "*" || want.eq_ignore_ascii_case(key);
    pattern.split('.').zip(place).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Vec<String> {
        keys(path)
    }

    #[test]
    fn a_place_is_said_by_the_field_that_writes_it_or_something_in_it() {
        let by = |at: &str| Section::Cluster.said(&place(at)).map(|said| said.by[0]);
        assert_eq!(by("networkProfile.networkPlugin"), Some("network.plugin"));
        assert_eq!(by("NetworkProfile.networkplugin"), Some("network.plugin"));
        assert!(by("networkProfile").is_some());
        assert_eq!(by("agentPoolProfiles.[].count"), Some("pools"));
        assert_eq!(by("networkProfile.kubeProxyConfig"), None);
        assert_eq!(by("addonProfiles.azurepolicy.enabled"), Some(".addons.azurePolicy"));
    }

    #[test]
    fn what_is_azures_own_is_known_below_it_too() {
        let own = |at: &str| Section::Cluster.is_read_only(&place(at));
        assert!(own("fqdn") && own("powerState.code") && own("addonProfiles.any.identity"));
        assert!(!own("addonProfiles.any") && !own("addonProfiles"));
    }

    #[test]
    fn a_cost_is_known_where_a_field_or_the_documentation_says_it() {
        let known = |at: &str| cost_is_known(Section::Cluster.resource_type(), at);
        assert!(known("properties.kubernetesVersion"));
        assert!(known("tags.team"));
        assert!(known("properties.autoScalerProfile.expander"));
        assert!(!known("properties.networkProfile.kubeProxyConfig.mode"));
        assert!(cost_is_known("Microsoft.Authorization/roleAssignments", "properties.any"));
    }
}
