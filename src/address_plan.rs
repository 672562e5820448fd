//! The address plan of a profile as one value: what `akstool network` shows.
//!
//! Layer 3, pure: it may import `profile` and `address` and nothing else of ours. [`address_plan`] reads
//! a profile and says which ranges it comes to, what each pool takes now, during an upgrade and at
//! the autoscaler's maximum, what stops growth, what collides, and what speaks for another model.
//! [`compare()`] puts the same pools under every model. Drawing is `ui`'s.

mod advice;
mod compare;
mod conflict;
mod growth;
mod layout;
mod pool;
mod space;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::number::counted;
use crate::address::{DataPlane, Fit, Model, Moment, Range, Tier};
use crate::profile::schema::{NetworkPolicy, OutboundType, Profile};
use crate::profile::{Ranges, Surroundings};

pub use self::advice::{Remark, Topic, Weight};
pub use self::compare::{ModelRow, Way, compare};
pub use self::conflict::Conflict;
pub use self::growth::Growth;
pub use self::pool::{PoolRow, Three};
pub use self::space::{Origin, RangeKind, RangeRow, Use};

/// The name and version of the JSON form.
pub const SCHEMA: &str = "akstool.network/v1";

/// The address plan of one profile.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressPlan {
    /// The name and version of this form.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// The environment's name.
    pub environment: String,
    /// The cluster's name.
    pub cluster: String,
    /// The Azure region.
    pub location: String,
    /// Where pods get their addresses.
    pub model: Model,
    /// The model as people say it.
    pub title: String,
    /// What carries the packets.
    pub data_plane: DataPlane,
    /// What enforces network policies, `None` for nothing.
    pub policy: Option<&'static str>,
    /// The tier, which limits the nodes.
    pub tier: Tier,
    /// The network the cluster stands in.
    pub network: NetworkRow,
    /// How traffic leaves.
    pub outbound: OutboundRow,
    /// The networks it is peered with.
    pub peers: Vec<PeerRow>,
    /// Every range, networks before their subnets.
    pub ranges: Vec<RangeRow>,
    /// The address of the cluster's DNS service.
    pub dns: Option<IpAddr>,
    /// What collides; empty when all is well.
    pub conflicts: Vec<Conflict>,
    /// What each pool takes and how far it can grow.
    pub pools: Vec<PoolRow>,
    /// Whether everything fits: as the service counts, now, during an upgrade, at the maximum.
    pub fits: Vec<Fit>,
    /// What stops growth.
    pub growth: Growth,
    /// What to know before it is too late.
    pub advice: Vec<Remark>,
    /// The same pools under every model, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<Vec<ModelRow>>,
}

/// The virtual network the cluster stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkRow {
    /// Whose it is.
    pub origin: Owner,
    /// Its id, when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its ranges; empty for an existing one that was not looked at.
    pub ranges: Vec<Range>,
}

/// Whose a virtual network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The profile makes it.
    Own,
    /// It stood there before.
    Existing,
    /// AKS makes and owns it.
    Managed,
}

/// How traffic leaves the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutboundRow {
    /// Azure's word, such as `loadBalancer`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The way out in words.
    pub text: String,
}

/// A network on the other side of a peering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerRow {
    /// The peering's name.
    pub name: String,
    /// The other network's name, from its id.
    pub network: String,
    /// The other network's id.
    pub id: String,
    /// Its ranges, as far as the profile names them.
    pub ranges: Vec<Range>,
}

/// Surveys a profile; `around` is what is known of Azure, empty when it was not asked.
pub fn address_plan(profile: &Profile, around: &Surroundings) -> AddressPlan {
    let network = &profile.network;
    let ranges = profile.ranges(around);
    let model = profile.model();
    let layout = layout::of_profile(profile, &ranges, around, model);
    let moments = [Moment::Service, Moment::Now, Moment::Upgrade, Moment::Maximum];
    let fits: Vec<Fit> = moments.iter().map(|moment| layout.fit(*moment)).collect();
    let growth = growth::growth(&layout);
    let pools = pool::rows(profile, &layout, &fits);
    let conflicts = conflict::find(profile, &ranges, around);
    let data_plane = if network.is_cilium() { DataPlane::Cilium } else { DataPlane::Azure };
    AddressPlan {
        schema: SCHEMA,
        environment: profile.metadata.name.clone(),
        cluster: profile.cluster_name().to_owned(),
        location: profile.metadata.location.clone(),
        model,
        title: title(model, data_plane),
        data_plane,
        policy: policy(network.policy_or_default()),
        tier: layout.tier,
        network: network_row(profile, &ranges),
        outbound: outbound(profile),
        peers: peers(profile),
        ranges: space::rows(profile, &ranges, &layout, around),
        advice: advice::give(profile, &ranges, &layout, &fits, &growth, around),
        dns: ranges.dns,
        conflicts,
        pools,
        fits,
        growth,
        compare: None,
    }
}

impl AddressPlan {
    /// Tells whether everything fits at a moment.
    pub fn fits_at(&self, moment: Moment) -> bool {
        self.fits.iter().any(|fit| fit.moment == moment && fit.shortages.is_empty())
    }
}

fn title(model: Model, data_plane: DataPlane) -> String {
    match data_plane {
        DataPlane::Azure => model.title().to_owned(),
        DataPlane::Cilium => format!("{}, with Cilium", model.title()),
    }
}

const fn policy(policy: NetworkPolicy) -> Option<&'static str> {
    match policy {
        NetworkPolicy::None => None,
        NetworkPolicy::Calico => Some("Calico"),
        NetworkPolicy::Azure => Some("Azure"),
        NetworkPolicy::Cilium => Some("Cilium"),
    }
}

fn network_row(profile: &Profile, ranges: &Ranges) -> NetworkRow {
    let network = &profile.network;
    let origin = match (network.is_managed(), network.is_existing()) {
        (true, _) => Owner::Managed,
        (false, true) => Owner::Existing,
        (false, false) => Owner::Own,
    };
    let id = network.vnet.as_ref().and_then(|vnet| vnet.id.clone());
    NetworkRow { origin, id, ranges: ranges.vnet.clone() }
}

fn outbound(profile: &Profile) -> OutboundRow {
    let wish = profile.network.outbound.as_ref();
    let addresses = |count: u32| format!("{} of its own", counted(count, "public address"));
    let (kind, text) = match profile.network.outbound_type() {
        OutboundType::LoadBalancer => {
            let given = wish.map_or(0, |o| o.public_ips.len());
            let managed = wish.and_then(|o| o.managed_ips).unwrap_or(1);
            let how = if given > 0 { format!("{given} given") } else { addresses(managed) };
            ("loadBalancer", format!("load balancer, {how}"))
        }
        OutboundType::ManagedNatGateway => {
            let count = wish.and_then(|o| o.managed_ips).unwrap_or(1);
            ("managedNATGateway", format!("NAT gateway made by AKS, {}", addresses(count)))
        }
        OutboundType::UserAssignedNatGateway => {
            ("userAssignedNATGateway", "NAT gateway on the node subnet".to_owned())
        }
        OutboundType::UserDefinedRouting => {
            let hop = wish.and_then(|o| o.next_hop).map(|hop| format!(" at {hop}"));
            ("userDefinedRouting", format!("appliance{}", hop.unwrap_or_default()))
        }
        OutboundType::None => ("none", "no way out made by AKS".to_owned()),
        OutboundType::Block => ("block", "every way out blocked".to_owned()),
    };
    OutboundRow { kind, text }
}

fn peers(profile: &Profile) -> Vec<PeerRow> {
    let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let rows = profile.network.peerings.iter().map(|peering| PeerRow {
        name: peering.name.clone(),
        network: last(&peering.vnet.id),
        id: peering.vnet.id.clone(),
        ranges: peering.cidrs.clone(),
    });
    rows.collect()
}

#[cfg(test)]
mod tests;
