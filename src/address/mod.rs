//! The arithmetic of addresses: ranges, overlaps, free space, demand and headroom.
//!
//! Everything here is pure and knows neither profiles nor Azure's protocol: plain numbers go in,
//! plain numbers come out. [`range`] reads and measures one range, [`overlap`] holds many against
//! each other, [`free`] finds room for one more, [`model`] lists the network models of AKS with
//! their limits, [`demand`] says how many addresses a pool takes, and [`capacity`] holds demand
//! against the ranges: what fits, what is short, and what stops growth first.

pub mod capacity;
pub mod demand;
pub mod free;
pub mod limit;
pub mod model;
pub mod number;
pub mod overlap;
pub mod range;

pub use capacity::{Ceiling, Fit, Headroom, Layout, Room, Subnet};
pub use demand::{Demand, Moment, PoolDemand, Surge, SurgeError};
pub use free::{PRIVATE_RANGES, find_free};
pub use limit::{Limit, Shortage};
pub use model::{DataPlane, Model, Tier};
pub use overlap::{Overlap, Overlaps, Relation, Reserved, Role, find_overlaps, reserved_for};
pub use range::{Range, RangeError};
