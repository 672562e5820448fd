//! How far behind the writes a reader is: what a script says under `lag`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::clock::Millis;

/// The most seconds of a lag; chosen: Azure's own is told in seconds to minutes.
const LONGEST: u32 = 3_600;

/// How far each kind of reading lags; by default none does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lag {
    /// `/subscriptions/S/resources`.
    pub(crate) resources: Delay,
    /// `…/resourceGroups/G/resources`.
    pub(crate) group: Delay,
    /// `/subscriptions/S/resourceGroups`.
    pub(crate) groups: Delay,
    /// Lists of one type, by its own provider: `…/virtualNetworks`.
    pub(crate) types: Delay,
    /// A GET of one resource.
    pub(crate) reads: Delay,
}

/// How long what happened to a resource is not seen yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delay {
    /// What was made is not there.
    pub(crate) new: Millis,
    /// What was changed is as it was.
    pub(crate) changed: Millis,
    /// What was deleted is there still.
    pub(crate) gone: Millis,
}

impl Delay {
    /// Tells whether nothing lags.
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }

    fn longest(self) -> Millis {
        self.new.max(self.changed).max(self.gone)
    }
}

impl Lag {
    /// Returns how far back the slowest reader looks.
    pub(crate) fn longest(&self) -> Millis {
        let all = [self.resources, self.group, self.groups, self.types, self.reads];
        all.into_iter().map(Delay::longest).max().unwrap_or_default()
    }
}

/// `lag` as a script writes it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Lag")]
pub(super) struct Given {
    /// The list of all resources of the subscription.
    resources: Option<Said>,
    /// The list of what stands in a group.
    group: Option<Said>,
    /// The list of groups.
    groups: Option<Said>,
    /// A provider's list of its own type, such as a group's `virtualNetworks`.
    types: Option<Said>,
    /// A GET of one resource, which shows it as it was, parts and state included.
    reads: Option<Said>,
}

/// Seconds for everything, or for each thing that can happen.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Said {
    /// For all of them.
    All(#[schemars(range(max = LONGEST))] u32),
    /// Each for itself.
    Each(Each),
}

/// Seconds for each thing that can happen.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Each {
    /// What was made is not there yet.
    #[serde(default)]
    #[schemars(range(max = LONGEST))]
    new: u32,
    /// What was changed shows its old document.
    #[serde(default)]
    #[schemars(range(max = LONGEST))]
    changed: u32,
    /// What was deleted is there still.
    #[serde(default)]
    #[schemars(range(max = LONGEST))]
    gone: u32,
}

impl Given {
    /// Returns what is said; what is wrong with it comes back as a sentence.
    pub(super) fn read(self) -> Result<Lag, String> {
        Ok(Lag {
            resources: delay(self.resources)?,
            group: delay(self.group)?,
            groups: delay(self.groups)?,
            types: delay(self.types)?,
            reads: delay(self.reads)?,
        })
    }
}

fn delay(said: Option<Said>) -> Result<Delay, String> {
    let each = match said {
        None => return Ok(Delay::default()),
        Some(Said::All(all)) => Each { new: all, changed: all, gone: all },
        Some(Said::Each(each)) => each,
    };
    let longest = each.new.max(each.changed).max(each.gone);
    if longest > LONGEST {
        return Err(format!("`lag` of {longest} s is more than {LONGEST}"));
    }
    let millis = |seconds: u32| Millis::from(seconds) * 1_000;
    Ok(Delay { new: millis(each.new), changed: millis(each.changed), gone: millis(each.gone) })
}
