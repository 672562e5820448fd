//! The second opinion: Azure's generated management crates judge what akstool sends.
//!
//! They speak API versions that Azure has switched off, so they cannot be the engine; but their
//! models were written by other hands from Azure's own specification. Every body of every
//! built-in profile is read by them and written again: what is lost stands in one list, with the
//! reason. Their clients then read what `up` made in the embedded Azure. `cargo test --features sdk-oracle --test oracle` runs it.

mod clients;
mod models;
#[path = "../laws/support.rs"]
#[expect(dead_code, reason = "the laws need more of it")]
mod support;
