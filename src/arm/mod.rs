//! Azure Resource Manager as a protocol; knows no AKS and no profile.
//!
//! Everything in Azure is a JSON document under an id. `GET` reads it, `PUT` replaces it,
//! `DELETE` removes it; what takes longer answers at once and names a URL to ask for progress.
//!
//! [`client::Arm`] is the way in: it builds a request, sends it through the Azure SDK's pipeline,
//! and decides with [`retry`], [`throttle`] and [`operation`], which are pure, what to do next.

pub mod body;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod credential;
pub mod error;
pub mod id;
mod login;
pub mod operation;
pub mod recent;
pub mod redact;
pub mod request;
pub mod retry;
pub mod throttle;
pub mod trace;
pub mod transport;
mod wire;
pub mod witness;

pub use body::{ApiVersion, Body, Later};
pub use client::{Arm, Counts, Notice, Setup};
pub use clock::Clock;
pub use error::{Error, Fault};
pub use id::ResourceId;
pub use operation::{Polling, Progress};
pub use redact::Secrets;
pub use request::{Answer, Conditions, Method, Request, Target};
