//! What to do, as a value: a graph of steps, each with its wish and what was seen.
//!
//! [`plan()`] walks the desired graph once, settles each resource against what was observed, prices
//! each delta and applies the guards; [`teardown()`] does the same for what an environment owns.
//! No clock, no randomness, no IO: the same inputs give the same bytes. The executor looks again
//! just before it writes, and what it then does is decided here too, in [`Wish`] and [`Deletion`].

mod at_once;
mod billed;
mod change;
mod decision;
mod dependents;
mod displaced;
mod due;
mod estimate;
mod guard;
mod in_the_way;
mod left;
mod lifetime;
mod migrate;
mod observed;
mod order;
pub mod ownership;
mod peering;
mod plot;
mod pools;
mod power;
mod price;
mod prune;
mod report;
mod rights;
mod roll;
mod rotation;
mod shared;
mod shown;
mod size;
mod stays;
mod step;
mod switch;
mod teardown;
mod up;
mod upgrade;
pub mod volumes;
mod way_out;
mod whole;
mod wish;

pub use at_once::teardown_at_once;
pub use change::{Action, Reason};
pub use due::{Because, Rule, Spared, earlier, only_while_due, said, told};
pub use estimate::{Estimate, Stage, together};
pub use guard::{Allowance, Refusal, Refused, Succession};
pub use lifetime::{Expiry, RUN, TORN, VERSION, age, is_newer};
pub use migrate::{Blocker, Ground, Target, migrate, model_of, pods_of};
pub use observed::{
    Found, Inventory, Observation, Observed, Use, is_deleting, members, state, tag,
};
pub(crate) use observed::{has_failed, mentions};
pub use ownership::Environment;
pub use plot::{Given, Plot, plots, refuse_crowded};
pub use power::power;
pub use report::{Report, Summary};
pub use roll::{Aliases, Sighting, Standing, roll};
pub use rotation::{Rotation, pool_names, rotations};
pub use shared::take_shared;
pub use shown::{shown, shown_at};
pub use stays::Stays;
pub use step::{Call, Step, Verify};
pub use switch::{Power, Switch, Turn};
pub use teardown::{held_back, teardown, unsure};
pub use up::plan;
pub use upgrade::{Ascent, Surge, upgrade};
pub use whole::refuse_contested;
pub use wish::{Condition, Decision, Deletion, Moved, Shift, Wish, Write};

use crate::advice::Advice;
pub use crate::arm::body::Later;
use crate::arm::id::ResourceId;
pub use crate::diff::{Cost, Delta};
use crate::graph::Graph;
pub use way_out::addresses_of;

/// Everything one run would do to one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The environment's name.
    pub environment: String,
    /// The group that the environment lies in; what lies in another is told with its group.
    pub group: Option<ResourceId>,
    /// The steps, each after all that it needs.
    pub steps: Graph<Step>,
    /// What the guards refuse; a plan with refusals is shown and not run.
    pub refusals: Vec<Refusal>,
    /// Sentences that decide nothing and that a reader must see, also where nothing is to be done.
    pub attention: Vec<Advice>,
    /// Sentences for the reader that decide nothing.
    pub advice: Vec<Advice>,
    /// Sentences about the profile as such, whatever this plan changes.
    pub background: Vec<Advice>,
    /// What of the environment stays because others stand on it.
    pub stays: Stays,
}

impl Plan {
    /// Tells whether there is nothing to do and nothing to wait for.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|(_, step)| step.action == Action::Keep)
    }

    /// Tells whether a step is about something that the profile names as existing and that does not
    /// exist: it is refused, and so neither kept nor made.
    pub fn is_missing(&self, step: &Step) -> bool {
        let mut refused = self.refusals.iter().filter(|refusal| refusal.why == Refused::Missing);
        refused.any(|refusal| refusal.id == step.id)
    }

    /// Tells whether some step only waits for work that another run began.
    pub fn waits(&self) -> bool {
        self.steps.iter().any(|(_, step)| step.action == Action::Wait)
    }

    /// Returns everything that is said beside the steps, the weightiest first.
    pub fn said(&self) -> impl Iterator<Item = &Advice> {
        self.attention.iter().chain(&self.advice).chain(&self.background)
    }
}
