//! The Azure kinds: what each must know about itself. All pure.
//!
//! A kind is a trait where people write and plain data where code works: [`Kind`] asks every
//! author every question, `Resource::from` erases the answers, and nothing below this line knows
//! one kind from another. A body is a function of the profile only, never of what exists.
//! To add a kind, write one module here and add it to `compose`.

mod agent_pool;
mod cluster;
mod identity;
mod nat_gateway;
mod network;
mod peering;
mod public_ip;
mod resource;
mod resource_group;
mod role_assignment;
mod route_table;
mod rules;
mod security_group;
mod subnet;

pub use agent_pool::AgentPool;
pub use cluster::{Cluster, Ranges};
pub use identity::Identity;
pub use nat_gateway::NatGateway;
pub use network::VirtualNetwork;
pub use peering::Peering;
pub use public_ip::PublicIp;
pub(crate) use resource::lane;
pub use resource::{ENVIRONMENT, EXPIRES, Inline, Kind, Ownership, Pace, Removal, Resource, Tags};
pub use resource_group::ResourceGroup;
pub use role_assignment::{Role, RoleAssignment};
pub use route_table::{Route, RouteTable};
pub use rules::{api_version, holds_of, is_tagged, mark_at, pace_of, removal_of, rules_of, spelt};
pub use security_group::{SecurityGroup, SecurityRule};
pub use subnet::{Attached, Subnet};
