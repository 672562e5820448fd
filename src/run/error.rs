//! What ends a command early: kind, error and hints, and the exit code that follows.

use std::path::PathBuf;
use std::process::ExitCode;

use super::hint;
use crate::advice::Advice;
use crate::arm;
use crate::arm::id::ResourceId;
use crate::doctor::Finding;
use crate::profile::Problems;
use crate::sim;

/// How a command ended; the number is the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Azure said no, or the run failed part-way.
    Failed = 1,
    /// The command line or a profile is wrong; Azure was not contacted.
    Wrong = 2,
    /// Changes are pending.
    Pending = 3,
    /// A guard refused, or there was nobody to ask.
    Refused = 4,
    /// A bug in akstool.
    Bug = 70,
    /// The user stopped it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Profiles that cannot be used, with all that is wrong with each.
    #[error("{}", profiles(.0))]
    Profiles(Vec<Problems>),
    /// A command line that cannot be carried out.
    #[error("{what}")]
    Usage {
        /// What is wrong with it.
        what: String,
        /// What to type instead.
        hint: Advice,
    },
    /// A file named on the command line that cannot be used.
    #[error("cannot use `{path}`: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
        /// What to do.
        hint: Advice,
    },
    /// Azure said no, or nothing.
    #[error(transparent)]
    Arm(#[from] arm::Error),
    /// No subscription is known.
    #[error("no subscription is named")]
    NoSubscription,
    /// The embedded Azure cannot be opened.
    #[error("{}", sim_words(.0))]
    Sim(#[from] sim::Error),
    /// Nobody can be asked.
    #[error("nobody can be asked here whether to go on: there is no terminal")]
    NobodyToAsk,
    /// The user said no.
    #[error("nothing was changed")]
    Declined,
    /// The environment has no cluster.
    #[error("the environment `{environment}` has no cluster")]
    NoCluster {
        /// Its name.
        environment: String,
        /// Where else it may be.
        elsewhere: Option<Advice>,
    },
    /// No cluster stands under an id.
    #[error("there is no cluster `{0}`")]
    Absent(ResourceId),
    /// Azure would refuse what is asked, as a look at it before the first write shows.
    #[error("Azure would refuse this; nothing was changed")]
    Preflight(Vec<Finding>),
    /// A guard refused.
    #[error("{0}")]
    Guarded(String),
    /// A kubeconfig has entries of the same names, for another server.
    #[error("{what}")]
    Taken {
        /// Which, and where.
        what: String,
        /// What to do.
        hint: Advice,
    },
    /// The user stopped it before anything was changed.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// `--timeout` passed before anything was changed.
    #[error("gave up after {}: `--timeout` passed; nothing was changed", humantime::format_duration(*.0))]
    Timeout(std::time::Duration),
    /// The results could not be written.
    #[error("cannot write the results: {0}")]
    Output(std::io::Error),
}

impl Error {
    /// Makes an error of the command line.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<Advice>) -> Self {
        Self::Usage { what: what.into(), hint: hint.into() }
    }

    /// Returns how the process ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Profiles(_)
            | Self::Usage { .. }
            | Self::File { .. }
            | Self::NoSubscription
            | Self::Sim(sim::Error::Script { .. }) => Exit::Wrong,
            Self::Arm(_)
            | Self::Preflight(_)
            | Self::NoCluster { .. }
            | Self::Absent(_)
            | Self::Sim(_)
            | Self::Timeout(_)
            | Self::Output(_) => Exit::Failed,
            Self::NobodyToAsk | Self::Declined | Self::Guarded(_) | Self::Taken { .. } => {
                Exit::Refused
            }
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Returns what to do next.
    pub(crate) fn hints(&self) -> Vec<Advice> {
        let one = |text: &'static str| vec![text.into()];
        match self {
            Self::Usage { hint, .. } | Self::File { hint, .. } | Self::Taken { hint, .. } => {
                vec![hint.clone()]
            }
            Self::Arm(error) => hint::of_error(error),
            Self::NoSubscription => one(
                "`--subscription ID` or AZURE_SUBSCRIPTION_ID names one; `az account list -o table` lists yours; \
                 `--cloud sim` needs none",
            ),
            Self::NoCluster { elsewhere, .. } => {
                let all = "`akstool list` shows what exists; `akstool up PROFILE` makes a cluster";
                elsewhere.clone().into_iter().chain([all.into()]).collect()
            }
            Self::Absent(_) => one("`az aks list --query [].id -o tsv` lists what exists"),
            Self::Preflight(_) => one(
                "`akstool doctor PROFILE` looks at everything; `--no-preflight` tries all the same",
            ),
            Self::Sim(error) => vec![hint::of_sim(error)],
            Self::NobodyToAsk => one("`--yes` goes on without asking"),
            Self::Timeout(_) => one("run the same command again, with a longer `--timeout`"),
            Self::Output(_) => one("free some space, or send the output elsewhere"),
            Self::Profiles(_) | Self::Declined | Self::Guarded(_) | Self::Interrupted => Vec::new(),
        }
    }
}

fn profiles(found: &[Problems]) -> String {
    let errors: usize = found.iter().map(Problems::errors).sum();
    let errors = crate::ui::words::count(errors, "problem");
    match found {
        [one] => format!("{errors} in `{}`; Azure was not contacted", one.origin()),
        many => format!("{errors} in {} profiles; Azure was not contacted", many.len()),
    }
}

/// Returns what is wrong with the embedded Azure, with what the system said.
fn sim_words(error: &sim::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
