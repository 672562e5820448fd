//! What a resource should look like afterwards, and how that differs from now; pure, JSON to JSON.
//!
//! [`settle()`] carries all meaning: no change, the `PUT` body, the deltas of a plan and the check
//! after it ran all follow from it. [`deltas()`] is a plain comparison; [`rule`] holds the words for
//! what the default does not say. Nothing here knows a kind, a profile or Azure's protocol.

mod deltas;
mod force;
mod goes;
mod path;
pub mod rule;
mod settle;
mod settling;
mod spelling;

pub use deltas::{Cost, Delta, deltas};
pub use rule::Rule;
pub use settle::{request_body, settle};
