//! What a run is, whichever command began it: the layer between `ui`, which draws, and `cli`, which
//! parses.
//!
//! In the order in which it goes:
//!
//! 1. [`options`] is what was typed, [`context`] what that means here; [`connect`] chooses the way
//!    to Azure, and [`interrupt`] hears Ctrl-C.
//! 2. [`typed`] tells files, built-in profiles and environments apart; [`load`] reads them,
//!    from a [`source`] of any kind.
//! 3. A [`planner`] says what is to be done with one environment: a profile's [`wish`], or whatever
//!    a command brings.
//! 4. [`drive`] leads it to its end: [`plan`], [`look_first`], [`ask`], [`apply`] and plan again,
//!    [`tell`] it and its [`outputs`]; [`fleet`] says which of many begins when, [`total`] adds up.
//! 5. [`kubeconfig`] hands credentials over, and takes them back.
//! 6. [`error`] is what ends it early, with its exit code; [`hint`] says what to do then.

pub(crate) mod apply;
pub(crate) mod ask;
mod command;
pub(crate) mod connect;
pub(crate) mod context;
pub(crate) mod drive;
pub(crate) mod edit;
pub(crate) mod error;
pub(crate) mod fleet;
pub(crate) mod hint;
pub(crate) mod interrupt;
pub(crate) mod kubeconfig;
pub(crate) mod lifetime;
pub(crate) mod load;
pub(crate) mod look_first;
pub(crate) mod matrix;
mod notice;
pub(crate) mod options;
pub(crate) mod origin;
pub(crate) mod outputs;
pub(crate) mod panic;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod planner;
pub(crate) mod roll;
mod rotation;
mod source;
pub(crate) mod sweep;
pub(crate) mod teardown;
pub(crate) mod tell;
pub(crate) mod total;
pub(crate) mod typed;
pub(crate) mod way_in;
pub(crate) mod wish;

pub(crate) use command::Run;
