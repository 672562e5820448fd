//! What Azure promises: held against what Azure really answered, and asked of the embedded Azure.
//!
//! The recordings lie in the folder that `AKSTOOL_RECORDINGS` names, else in
//! `../shared/corpus/recordings`; where neither is there, a line says that the test was skipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "a test that is skipped, or that counts, says so")]

mod clients;
mod faults;
mod fidelity;
mod leaves;
mod normalisation;
mod promises;
mod recording;
mod replay;
mod report;
