//! Credentials of a cluster: fetched, laid into the user's kubeconfigs, taken out again, and used to
//! see whether the cluster answers.
//!
//! [`files`] reads, locks and writes as kubectl does, and knows no kubeconfig from the inside;
//! [`crate::kubeconfig`] does, and knows no file. [`hand_over()`] brings both together.

mod after;
mod api_server;
mod fetch;
mod files;
mod hand_over;
mod ready;

pub(crate) use after::{After, cluster_of};
pub(crate) use fetch::{Wanted, fetch};
pub(crate) use files::Files;
pub(crate) use hand_over::{Handed, hand_over, take_back};
