//! How the parts of a run add up: rounds of one environment, environments of a fleet.

use crate::event::{Ending, Outcome, Requests};

/// Adds a later outcome of the same environment.
pub(super) fn merge(outcome: &mut Outcome, later: Outcome) {
    outcome.result = later.result;
    outcome.created.extend(later.created);
    outcome.updated.extend(later.updated);
    outcome.replaced.extend(later.replaced);
    outcome.deleted.extend(later.deleted);
    outcome.failed.extend(later.failed);
    outcome.not_tried = later.not_tried;
    outcome.still_running = later.still_running;
    outcome.seconds += later.seconds;
    outcome.requests = Requests {
        read: outcome.requests.read + later.requests.read,
        write: outcome.requests.write + later.requests.write,
        poll: outcome.requests.poll + later.requests.poll,
        retried: outcome.requests.retried + later.requests.retried,
    };
}

/// Adds the outcomes of several environments; the worst result is the whole's.
pub(super) fn total(outcomes: &[Outcome]) -> Outcome {
    let mut whole = Outcome::empty(Ending::NothingToDo);
    for outcome in outcomes {
        let (mine, worst) = (outcome.result, whole.result);
        let mut not_tried = std::mem::take(&mut whole.not_tried);
        let mut running = std::mem::take(&mut whole.still_running);
        not_tried.extend_from_slice(&outcome.not_tried);
        running.extend_from_slice(&outcome.still_running);
        merge(&mut whole, outcome.clone());
        (whole.not_tried, whole.still_running) = (not_tried, running);
        whole.result = if rank(mine) > rank(worst) { mine } else { worst };
    }
    whole
}

fn rank(ending: Ending) -> u8 {
    match ending {
        Ending::NothingToDo => 0,
        Ending::Succeeded => 1,
        Ending::Refused => 2,
        Ending::Failed => 3,
        Ending::Interrupted => 4,
    }
}
