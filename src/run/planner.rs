//! Whatever can say what is to be done with one environment: a profile, a teardown, a migration.

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use crate::address::Range;
use crate::doctor::{Finding, Writes};
use crate::event::{Ending, Failure, Outcome};
use crate::plan::Plan;
use crate::ui::Blanks;
use crate::ui::outputs::Outputs;

/// Whatever can say what is to be done with one environment: from a profile, or to take it down.
pub(crate) trait Planner {
    /// Returns the environment's name.
    fn environment(&self) -> &str;

    /// Returns the profile as a next command needs it, if there is one.
    fn profile(&self) -> Option<&str> {
        None
    }

    /// Returns the region, if it is known.
    fn location(&self) -> Option<&str> {
        None
    }

    /// Reads Azure and plans.
    async fn plan(&self, azure: &Azure) -> Result<Plan, Error>;

    /// Tells whether a range of it is of its own choice.
    fn chooses_ranges(&self) -> bool {
        false
    }

    /// Chooses from now on none of the ranges that others of the run get.
    fn keep_clear(&self, _taken: Vec<Range>) {}

    /// Looks, before the first write, at what Azure would refuse; one that writes nothing has
    /// nothing to look at.
    async fn preflight(&self, _azure: &Azure, _writes: &Writes) -> Vec<Finding> {
        Vec::new()
    }

    /// Tells whether one plan is a leg of a longer way, so that after it has succeeded one plans
    /// again.
    fn goes_on(&self) -> bool {
        false
    }

    /// Does what follows once Azure matches, and says what is worth saying.
    async fn afterwards(
        &self,
        _context: &Context,
        _azure: &Azure,
        _say: &dyn Fn(&str),
    ) -> Result<(), Box<Failure>> {
        Ok(())
    }

    /// Reads what later steps of a job need of it, if it is there.
    async fn outputs(&self, _azure: &Azure) -> Result<Option<Outputs>, Error> {
        Ok(None)
    }

    /// Returns what one may want to do after such an end.
    fn next(&self, outcome: &Outcome) -> Vec<String>;
}

/// Returns the command that takes up a run which ended short of its goal, and what it does then;
/// nothing after any other end.
pub(crate) fn again(command: &str, ending: Ending) -> Vec<String> {
    match ending {
        Ending::Failed => vec![format!("{command}   tries again what is left")],
        Ending::Interrupted => vec![format!("{command}   picks up where this ended")],
        Ending::Succeeded | Ending::NothingToDo | Ending::Refused => Vec::new(),
    }
}

/// Returns what fills advice about an environment.
pub(crate) fn blanks<P: Planner>(context: &Context, planner: &P) -> Blanks {
    let mut blanks = context.blanks().of(planner.environment(), planner.profile());
    blanks.location = planner.location().map(str::to_owned).or(blanks.location);
    blanks
}
