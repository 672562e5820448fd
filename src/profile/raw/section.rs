//! The blocks of a profile that take raw properties, and the places that its fields say.

/// A block of the profile that takes raw properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// `cluster`.
    Cluster,
    /// An item of `pools`.
    Pool,
    /// `network.vnet`.
    Vnet,
    /// A member of `network.subnets`.
    Subnet,
    /// An item of `network.peerings`.
    Peering,
    /// `network.outbound.natGateway`.
    NatGateway,
    /// `network.routeTable`.
    RouteTable,
    /// `network.securityGroup`.
    SecurityGroup,
    /// `registry`.
    Registry,
    /// `monitoring.logs.workspace`.
    LogWorkspace,
}

/// A place below `properties` that fields of the profile say.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The place, as ARM spells it.
    pub at: &'static str,
    /// The fields: below the section where they begin with a dot, else in the whole profile.
    pub by: &'static [&'static str],
    /// Whether the fields alone can say it, written or not: what stands there is made of several
    /// resources of the profile.
    pub alone: bool,
}
