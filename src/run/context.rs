//! Flags, environment and terminal facts, turned into what they mean: the only place that looks at
//! the environment.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

use super::error::Error;
use super::interrupt::Interrupt;
use super::notice::sentence;
use super::options::{CloudName, Colour, Options, Output, SimSpeed};
use super::typed::is_profile;
use crate::arm::credential::Taken;
use crate::arm::{Arm, Clock, Notice, clock, trace};
use crate::ui::ci::Places;
use crate::ui::ci::job::Job;
use crate::ui::junit::Junit;
use crate::ui::listener::Passing;
use crate::ui::several::Several;
use crate::ui::{Blanks, Screen, Terminal, Volume, words};
use crate::ui::{Listener, Watch};

/// Returns a variable of the environment; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "the one place that looks at the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a command runs in.
pub(crate) struct Context {
    /// The options as typed.
    pub(crate) options: Options,
    /// Which Azure.
    pub(crate) cloud: CloudName,
    /// Where text goes.
    pub(crate) screen: Screen,
    /// Whether the user wants to stop.
    pub(crate) interrupt: Interrupt,
    /// The whole command line, for its manual and its completions.
    pub(crate) command_line: fn() -> clap::Command,
    /// The clock all waits are measured on.
    pub(crate) clock: Clock,
    /// What the wall clock showed when that one started.
    began: OffsetDateTime,
    /// Who listens whatever the command does: the CI system, a file of test results.
    beside: Vec<Arc<dyn Listener>>,
    pub(super) relay: Arc<Relay>,
    pub(super) traced: OnceLock<trace::Writer>,
    pub(super) taken: Arc<OnceLock<Taken>>,
    /// The way to Azure, once one was found.
    pub(super) reached: OnceLock<(Arm, String)>,
}

/// Hands notices of the protocol to whoever listens to the run at that moment.
#[derive(Default)]
pub(super) struct Relay(Mutex<Option<Arc<dyn Listener>>>);

impl Relay {
    pub(super) fn tell(&self, notice: &Notice) {
        let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(listener) = listener {
            listener.notice(&sentence(notice));
        }
    }
}

impl Context {
    /// Reads the process's environment; called within the runtime, because the clock starts here.
    pub(crate) fn new(
        options: Options,
        screen: Screen,
        command_line: fn() -> clap::Command,
    ) -> Result<Self, Error> {
        let cloud = cloud_name(&options)?;
        let interrupt = Interrupt::listen(&screen);
        let clock = match options.sim_speed {
            SimSpeed::Times(times) if cloud == CloudName::Sim => Clock::times(times),
            _ => Clock::real(),
        };
        let (relay, traced, taken) = (Arc::default(), OnceLock::new(), Arc::default());
        let began = clock::wall() - clock.elapsed();
        let beside = beside(&options, &screen, watch(clock, began));
        Ok(Self {
            options,
            cloud,
            screen,
            interrupt,
            command_line,
            clock,
            began,
            beside,
            relay,
            traced,
            taken,
            reached: OnceLock::new(),
        })
    }

    /// Returns what fills advice, before it is known of which environment.
    pub(crate) fn blanks(&self) -> Blanks {
        blanks(&self.options, &[])
    }

    /// Runs work that changes nothing until it is done, the user stops it or time runs out.
    pub(crate) async fn bounded<F: Future>(&self, work: F) -> Result<F::Output, Error> {
        tokio::select! {
            biased;
            () = self.interrupt.wait() => Err(Error::Interrupted),
            done = work => Ok(done),
            limit = self.run_out() => Err(Error::Timeout(limit)),
        }
    }

    /// Waits for `--timeout` to pass and returns it; for ever when there is none.
    pub(crate) async fn run_out(&self) -> Duration {
        let Some(limit) = self.options.timeout else { return std::future::pending().await };
        let left = limit.saturating_sub(self.clock.elapsed());
        self.clock.sleep(left).await;
        limit
    }

    /// Tells whether time is skipped rather than waited for.
    pub(crate) fn skips_time(&self) -> bool {
        self.cloud == CloudName::Sim && self.options.sim_speed == SimSpeed::Max
    }

    /// Returns what time it is for a run that begins now.
    pub(crate) fn watch(&self) -> Watch {
        watch(self.clock, self.began)
    }

    /// Returns who listens beside the screen: they hear of plans, of ends, and in between.
    pub(crate) fn beside(&self) -> Several {
        Several(self.beside.clone())
    }

    /// Returns who listens to a run in so many environments; notices of the protocol go there until the next run.
    pub(crate) fn listener(&self, watch: &Watch, fleet: usize) -> Arc<dyn Listener> {
        let passing = if self.skips_time() { Passing::Skipped } else { Passing::Visibly };
        let listener = crate::ui::listener::listener(&self.screen, watch.clone(), passing, fleet);
        let listener = Arc::new(Several([self.beside.clone(), vec![listener]].concat()));
        *self.relay.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener.clone());
        listener
    }

    /// Returns the way to log in that was taken, once one was.
    pub(crate) fn login(&self) -> Option<&Taken> {
        self.taken.get()
    }

    /// Says that `--trace` did not keep everything, if so; whoever reads it would not see.
    pub(crate) fn end_trace(&self) {
        let trouble = self.traced.get().and_then(trace::Writer::trouble);
        if let (Some(path), Some(why)) = (&self.options.trace, trouble) {
            self.screen.warn(&format!("the trace `{}` is incomplete: {why}", path.display()));
        }
    }
}

/// Returns what time it is for a run that begins now.
fn watch(clock: Clock, began: OffsetDateTime) -> Watch {
    let start = clock.elapsed();
    Watch { elapsed: Arc::new(move || clock.elapsed().saturating_sub(start)), began: began + start }
}

/// Returns who listens beside the screen.
fn beside(options: &Options, screen: &Screen, watch: Watch) -> Vec<Arc<dyn Listener>> {
    let mut all: Vec<Arc<dyn Listener>> = Vec::new();
    if let Some(system) = screen.terminal().ci {
        let places = Places::of(system, variable);
        all.push(Arc::new(Job::new(system, places, screen.clone(), watch)));
    }
    if let Some(file) = &options.junit {
        all.push(Arc::new(Junit::new(file, screen.clone())));
    }
    all
}

/// Reads what the terminal is like and what the options want of it.
pub(crate) fn screen(options: &Options) -> Screen {
    let volume = match (options.quiet, options.verbose) {
        (true, _) => Volume::Quiet,
        (false, 0) => Volume::Normal,
        (false, 1) => Volume::Loud,
        (false, _) => Volume::Traffic,
    };
    let colour = match options.color {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    };
    screen_of(options.output == Output::Json, volume, colour)
}

/// Reads what the terminal is like; the rest is wanted of it.
pub(crate) fn screen_of(json: bool, volume: Volume, colour: anstream::ColorChoice) -> Screen {
    Screen::new(Terminal::of_process(json, volume, colour, variable))
}

/// Returns which Azure is meant: the option, else AKSTOOL_CLOUD, else the public one.
pub(crate) fn cloud_name(options: &Options) -> Result<CloudName, Error> {
    if let Some(cloud) = options.cloud {
        return Ok(cloud);
    }
    let Some(text) = variable("AKSTOOL_CLOUD") else { return Ok(CloudName::Azure) };
    clap::ValueEnum::from_str(&text, true).map_err(|_| {
        let hint = "set it to `azure`, `usgov`, `china` or `sim`, or unset it";
        Error::usage(format!("AKSTOOL_CLOUD is `{}`, which is no cloud", words::clean(&text)), hint)
    })
}

/// Returns the subscription as the option or the variable names it.
pub(super) fn named(options: &Options) -> Option<String> {
    options.subscription.first().cloned().or_else(|| variable("AZURE_SUBSCRIPTION_ID"))
}

/// Returns what the command line says that advice can use.
pub(crate) fn blanks(options: &Options, typed: &[String]) -> Blanks {
    let one = match typed {
        [one] => Some(one),
        _ => None,
    };
    let is_a_profile = one.is_some_and(|text| is_profile(text));
    Blanks {
        environment: one.filter(|_| !is_a_profile).cloned(),
        profile: one.filter(|_| is_a_profile).map(|text| options.profile(text)),
        location: options.overrides.location.clone(),
        about: None,
        said: None,
        subscription: named(options).filter(|id| is_guid(id)),
        flags: options.flags(),
        embedded: matches!(cloud_name(options), Ok(CloudName::Sim)),
    }
}

/// Tells whether a text is a GUID, as ids of subscriptions are.
pub(super) fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_a_guid() {
        assert!(is_guid("00000000-0000-0000-0000-000000000000"));
        assert!(!is_guid("my subscription"));
        assert!(!is_guid("0000000-00000-0000-0000-000000000000"));
    }
}
