//! Whole runs in virtual time: the laws that hold across the program and the embedded Azure.
//!
//! Everything runs in this process on a paused clock, through the SDK's real pipeline, so a
//! cluster of five minutes takes milliseconds and every log is exact.

mod beside;
mod depth;
mod draft;
mod edits;
mod egress;
mod grants;
mod kept;
mod lags;
mod load;
mod migrate;
mod ownership;
mod pairs;
mod reaping;
mod revoking;
mod rivals;
mod rotation;
mod runs;
mod support;
mod taken_out;
mod timeline;
mod worlds;
