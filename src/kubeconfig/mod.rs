//! Kubeconfigs as texts: what Azure gives, laid into what stands in a file, and taken out again.
//!
//! A kubeconfig belongs to its user and to every other tool that writes into it. So [`Text`] never
//! prints a file anew: it finds the few places that concern one cluster and changes those, and all
//! else stays byte for byte: comments, order, keys that nobody here knows. [`merge`] and [`unmerge`]
//! work on a list of files as kubectl reads one. What akstool put in carries a [`Mark`], by which it
//! is found again.
//!
//! Pure: files are read, locked and written by whoever calls. Contents are secrets: no error and no
//! `Debug` of this module shows any.

mod access;
mod edit;
mod list;
mod read;
mod text;

pub use access::{Access, Mark};
pub use list::{Conflict, File, Merged, Refusal, marks, merge, unmerge};
pub use read::Error;
pub use text::{Section, Text};

#[cfg(test)]
mod laws;
