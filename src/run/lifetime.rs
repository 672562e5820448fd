//! What an `up` writes into tags beside the name: how long the environment lives, which run made it.

use time::OffsetDateTime;

use crate::advice;
use crate::advice::Advice;
use crate::kind::{EXPIRES, Tags};
use crate::plan::{Environment, Expiry, Observed, RUN, TORN, VERSION, age, is_newer, tag, told};
use crate::profile::schema::Metadata;

/// Of the time that is left of a lifetime, the part above which it is left alone: one tenth over, the
/// next `up` writes it anew, so that what is used lives on and a second `up` has nothing to do.
const FRESH: f64 = 0.9;

/// The most tags of a profile beside which there is room for one more of ours.
const ROOM: usize = 45;

/// What is known when an `up` begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    /// Whether `--ttl` was given, so that an expiry that stands is replaced.
    pub(crate) renews: bool,
    /// Whether one that has been running for a while is.
    pub(crate) extends: bool,
    /// The run of a pipeline that this is.
    pub(crate) run: Option<String>,
}

/// What tags are to say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// When the environment ends.
    pub(crate) expires: Option<String>,
    /// The other tags.
    pub(crate) marks: Tags,
    /// What a reader of the plan must know.
    pub(crate) attention: Vec<Advice>,
}

impl Terms {
    /// Returns what tags are to say of an environment, by what stands of it.
    pub(crate) fn of(
        &self,
        metadata: &Metadata,
        environment: &Environment,
        observed: &Observed,
        now: OffsetDateTime,
    ) -> Said {
        // The group may be another hand's; everything of this environment says the same.
        let found = observed.resources.iter();
        let found = found.filter_map(|(id, found)| Some((id, found.body()?)));
        let ours: Vec<_> = found.filter(|(id, body)| environment.owns(id, body)).collect();
        let text = |name: &str| ours.iter().find_map(|(_, body)| tag(body, name));
        let standing = text(EXPIRES);
        let until = ours.iter().map(|(_, body)| Expiry::of(body, &[]));
        let until = until.fold(Expiry::Never, Expiry::or);
        let mut said =
            Said { expires: self.expires(metadata, standing, &until, now), ..Said::default() };
        said.attention.extend(passed(metadata, &until, now));
        if let Some(version) = text(VERSION).filter(|version| is_newer(version)) {
            said.marks.insert(VERSION.to_owned(), Some(version.to_owned()));
            said.attention.push(newer(version));
        }
        if text(TORN).is_some() {
            said.marks.insert(TORN.to_owned(), None);
        }
        let run = if ours.is_empty() { self.run.clone() } else { text(RUN).map(str::to_owned) };
        if let Some(run) = run.filter(|_| metadata.tags.len() <= ROOM) {
            said.marks.insert(RUN.to_owned(), Some(run));
        }
        said
    }

    /// Returns when it ends: what stands there goes on to hold until it has passed, most of it is
    /// used, or `--ttl` says otherwise.
    fn expires(
        &self,
        metadata: &Metadata,
        standing: Option<&str>,
        until: &Expiry,
        now: OffsetDateTime,
    ) -> Option<String> {
        let lifetime = metadata.lifetime()?;
        let left = until.at().filter(|until| *until > now).map(|until| age(now, until));
        let is_fresh = left.is_some_and(|left| !self.extends || left >= lifetime.mul_f64(FRESH));
        if is_fresh && !self.renews {
            return standing.map(str::to_owned);
        }
        Some(told(now.checked_add(lifetime.try_into().ok()?)?))
    }
}

/// Says that the time of an environment is up, or that nobody can read it, where nothing here writes
/// it anew.
fn passed(metadata: &Metadata, until: &Expiry, now: OffsetDateTime) -> Option<Advice> {
    if metadata.lifetime().is_some() {
        return None;
    }
    match until {
        Expiry::At(at) if *at <= now => Some(advice!(
            "it expired {}, and the next `akstool reap` takes it away; \
                 `akstool up PROFILE --ttl 4h` extends it",
            told(*at)
        )),
        Expiry::Unreadable { tag, text } => Some(advice!(
            "its tag `{}` says `{}`, which is no time; `akstool up PROFILE --ttl 4h` extends it",
            tag,
            text
        )),
        Expiry::At(_) | Expiry::Never => None,
    }
}

/// Says that a later akstool was here.
pub(crate) fn newer(version: &str) -> Advice {
    advice!(
        "written by akstool {}, which is newer than this one ({}): what that made and this one \
         does not know is left alone",
        version,
        env!("CARGO_PKG_VERSION")
    )
}
