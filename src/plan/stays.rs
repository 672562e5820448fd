//! What a teardown leaves to others, for a run that takes these as well.

use super::observed::Inventory;
use super::ownership::Environment;

/// What of an environment stays because others stand on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stays {
    /// Nothing.
    #[default]
    Nothing,
    /// Something does; what the plan was made of, as it is made anew where the others go as well.
    ForOthers(Box<(Environment, Inventory)>),
    /// The others go in the same run and are waited for, so they have to begin first.
    Freed,
}
