//! The Azure kinds: what each must know about itself. All pure.
//!
//! A kind is a trait where people write and plain data where code works: [`Kind`] asks every
//! author every question, `Resource::from` erases the answers, and nothing below this line knows
//! one kind from another. A body is a function of the profile only, never of what exists.
//! To add a kind, write one module here, name it in `kinds!`, and give it a paragraph in `compose`.

mod agent_pool;
mod autoscaler;
mod bastion;
mod cluster;
mod collection_endpoint;
mod collection_rule;
mod container_registry;
mod entry;
mod federated_credential;
mod identity;
mod log_workspace;
mod maintenance;
mod monitor_workspace;
mod nat_gateway;
mod network;
mod peering;
mod permission;
mod private_endpoint;
mod private_zone;
mod public_ip;
mod raw;
mod region;
mod registry;
mod resource;
mod resource_group;
mod role;
mod role_assignment;
mod route_table;
mod rule_link;
mod security_group;
mod subnet;
mod traits;
mod yardstick;
mod zone_group;
mod zone_link;

pub use bastion::BastionPlace;
pub use cluster::{Logs, Ranges};
pub use collection_rule::Collects;
pub use entry::Entry;
pub use permission::{Grant, Permission, covers, granted};
pub use raw::cost_is_known;
pub use region::Region;
pub use registry::{api_version, kinds_in, noun, of, rules_of, spelt, traits_of};
pub(crate) use resource::lane;
pub use resource::{API_VERSION, ENVIRONMENT, EXPIRES, Kind, Ownership, POOL, Resource, Tags};
pub use role::Role;
pub use route_table::Route;
pub use security_group::SecurityRule;
pub use subnet::Attached;
pub(crate) use traits::named;
pub use traits::{Claim, Inline, Listed, Pace, Registered, Removal, Takes, Traits};
pub use yardstick::Yardstick;

/// Names every kind: what is not here does not compile.
macro_rules! kinds {
    ($($module:ident::$kind:ident),+ $(,)?) => {
        $(pub use $module::$kind;)+
        $(impl Registered for $kind {})+

        /// Every kind there is.
        pub static ALL: &[Entry] = &[$(Entry::of::<$kind>()),+];
    };
}

kinds! {
    resource_group::ResourceGroup,
    identity::Identity,
    federated_credential::FederatedCredential,
    role_assignment::RoleAssignment,
    network::VirtualNetwork,
    subnet::Subnet,
    peering::Peering,
    route_table::RouteTable,
    security_group::SecurityGroup,
    public_ip::PublicIp,
    nat_gateway::NatGateway,
    container_registry::Registry,
    log_workspace::LogWorkspace,
    monitor_workspace::MonitorWorkspace,
    collection_endpoint::CollectionEndpoint,
    collection_rule::CollectionRule,
    bastion::BastionHost,
    private_endpoint::PrivateEndpoint,
    private_zone::PrivateZone,
    zone_link::ZoneLink,
    zone_group::ZoneGroup,
    cluster::Cluster,
    agent_pool::AgentPool,
    maintenance::MaintenanceWindow,
    rule_link::RuleLink,
}
