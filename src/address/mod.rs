//! The arithmetic of addresses: ranges, overlaps, free space, demand and headroom.
//!
//! Everything here is pure and knows neither profiles nor Azure's protocol: plain numbers go in,
//! plain numbers come out. [`range`] reads and measures one range, [`conflict`] finds which of
//! many cannot stand together, [`reserved`] lists what nobody may use, [`free`] finds room for one more, [`model`] lists the network models of AKS with
//! their limits, [`demand`] says how many addresses a pool takes, and [`capacity`] holds demand
//! against the ranges: what fits, what is short, and what stops growth first.

pub mod capacity;
pub mod conflict;
pub mod demand;
pub mod free;
pub mod limit;
pub mod model;
pub mod number;
pub mod range;
pub mod reserved;

pub use capacity::{Ceiling, Fit, Headroom, Layout, Room, Subnet};
pub use conflict::{Conflict, Conflicts, Relation, Role, conflicts};
pub use demand::{Demand, Moment, PoolDemand, Surge, SurgeError};
pub use free::{PRIVATE_RANGES, find_free};
pub use limit::{Limit, Shortage};
pub use model::{DataPlane, Model, Tier};
pub use range::{Range, RangeError};
pub use reserved::{Reserved, reserved_for};
