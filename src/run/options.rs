//! The options that mean the same everywhere, as typed; `context` turns them into what they mean.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::matrix::Axis;
use crate::profile::Overrides;
use crate::shell::word;

/// Heads the options that every command takes; `offered` says which of them it shows.
const EVERYWHERE: &str = "Options that mean the same everywhere";

/// Heads the options that change a profile.
const PROFILE: &str = "Options that change the profile";

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = EVERYWHERE)]
pub(crate) struct Options {
    /// Talk to this cloud: azure, usgov, china, or sim, the embedded Azure that needs no login and costs
    /// nothing [env: AKSTOOL_CLOUD] [default: azure]
    #[arg(long, global = true, value_enum, value_name = "CLOUD", hide_possible_values = true)]
    pub(crate) cloud: Option<CloudName>,

    /// Talk to another ARM; one logs in at AZURE_AUTHORITY_HOST, else where the cloud does
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) arm_endpoint: Option<String>,

    /// Work in this subscription [env: AZURE_SUBSCRIPTION_ID] [default: the Azure CLI's current one]
    #[arg(long, global = true, value_name = "ID", value_delimiter = ',')]
    pub(crate) subscription: Vec<String>,

    /// Do it without asking
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,

    /// Print results as text, or as json for scripts
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub(crate) output: Output,

    /// Run at most so many steps of an environment, and environments, at once [default: 8 steps, and
    /// as many environments as Azure's rate limits let begin]
    #[arg(long, global = true, value_name = "N", value_parser = parallel, allow_hyphen_values = true)]
    parallel: Option<u16>,

    /// Begin no further environment once so many have failed
    #[arg(long, global = true, value_name = "N", value_parser = failures, allow_hyphen_values = true)]
    pub(crate) max_failures: Option<NonZeroUsize>,

    /// Give up waiting after this time, such as 90m or 2h; Azure goes on by itself
    #[arg(long, global = true, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub(crate) timeout: Option<Duration>,

    /// Append every HTTP exchange to a file, one JSON object a line, secrets replaced
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    /// Write how each step ended to a file of test results, in the XML that CI systems read
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Use colour: auto, always or never; NO_COLOR is obeyed
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: Colour,

    /// Say more: every reason, every value of new resources, the number of requests; twice: each request
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Say nothing but results, problems and failures
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Run the embedded Azure so many times as fast as life, or `max` without any waiting
    #[arg(
        long,
        global = true,
        value_name = "N|max",
        default_value = "100",
        allow_hyphen_values = true
    )]
    pub(crate) sim_speed: SimSpeed,

    /// Let the embedded Azure make trouble, or be strict, as this script says
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) sim_faults: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) overrides: Overriding,
}

/// How many steps of an environment run at once unless told otherwise; chosen: more than any plan
/// of ours has side by side.
const STEPS: u16 = 8;

impl Options {
    /// Returns how many steps of an environment may run at once.
    pub(crate) fn steps(&self) -> usize {
        usize::from(self.parallel.unwrap_or(STEPS))
    }

    /// Returns how many environments may be under way at once, if a ceiling was asked for.
    pub(crate) fn environments(&self) -> Option<usize> {
        self.parallel.map(usize::from)
    }
}

/// Reads a time as it is typed, for every option that takes one.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let wrong = |_| "a time is a number and its unit, such as 30s, 90m or 2h".to_owned();
    humantime::parse_duration(text).map_err(wrong)
}

fn parallel(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "a whole number from 1 to 1024".to_owned())
}

fn failures(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a whole number from 1 on".to_owned())
}

/// What changes a profile before it is read further.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = PROFILE)]
pub(crate) struct Overriding {
    /// Name the environment otherwise: `metadata.name`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Put it into another region: `metadata.location`
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) location: Option<String>,

    /// Set one field, such as `network.plugin=azure` or `pools[system].count=3`
    #[arg(long, global = true, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,

    /// Make an environment of each value, named after it; several meet each other, such as
    /// `--matrix version=1.33,1.34 --matrix network.plugin=kubenet,azure`
    #[arg(long, global = true, value_name = "PATH=VALUE,…")]
    pub(crate) matrix: Vec<Axis>,

    /// Let it live so long from now on, such as 4h or 2d: `metadata.ttl`
    #[arg(long, global = true, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) ttl: Option<String>,
}

impl Options {
    /// Returns the flags that a next command needs to reach the same Azure, a space in front.
    pub(crate) fn flags(&self) -> String {
        let cloud = match self.cloud {
            Some(CloudName::Sim) => " --cloud sim",
            Some(CloudName::Usgov) => " --cloud usgov",
            Some(CloudName::China) => " --cloud china",
            Some(CloudName::Azure) | None => "",
        };
        let endpoint =
            self.arm_endpoint.as_deref().map(|url| format!(" --arm-endpoint {}", word(url)));
        let named = self.subscription.join(",");
        let subscription = (!named.is_empty()).then(|| format!(" --subscription {}", word(&named)));
        // Without its script the embedded Azure is another one: calm where that was not.
        let faults = self
            .sim_faults
            .as_deref()
            .map(|path| format!(" --sim-faults {}", word(&path.to_string_lossy())));
        [Some(cloud.to_owned()), endpoint, subscription, faults].into_iter().flatten().collect()
    }

    /// Returns a profile as a next command needs it: with what changes it.
    pub(crate) fn profile(&self, typed: &str) -> String {
        let mut out = changed(typed, &self.overrides.to_overrides());
        for axis in &self.overrides.matrix {
            let _ = write!(out, " --matrix {}", word(&axis.typed()));
        }
        out
    }
}

/// Returns a profile as a next command needs it, with these changes.
pub(crate) fn changed(typed: &str, changes: &Overrides) -> String {
    let mut out = word(typed).into_owned();
    let one = [("name", &changes.name), ("location", &changes.location), ("ttl", &changes.ttl)];
    let one = one.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    for (name, value) in one.chain(changes.set.iter().map(|set| ("set", set))) {
        let _ = write!(out, " --{name} {}", word(value));
    }
    out
}

impl Overriding {
    /// Returns the overrides as the profile takes them.
    pub(crate) fn to_overrides(&self) -> Overrides {
        Overrides {
            name: self.name.clone(),
            location: self.location.clone(),
            ttl: self.ttl.clone(),
            set: self.set.clone(),
        }
    }
}

/// Which Azure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CloudName {
    /// The public cloud
    Azure,
    /// The cloud of the US government
    Usgov,
    /// The cloud in China
    China,
    /// The embedded Azure: no login, no network, no cost
    Sim,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// For scripts
    Json,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How fast the embedded Azure runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SimSpeed {
    /// So many times as fast as life.
    Times(u32),
    /// Without any waiting.
    Max,
}

impl FromStr for SimSpeed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<u32>() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times @ 1..=1_000_000) => Ok(Self::Times(times)),
            _ => Err("a whole number from 1 to 1000000, or `max`".to_owned()),
        }
    }
}

/// What a plan may do beyond the harmless, and how it speaks with Azure.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Intent {
    /// Allow this resource to be deleted and made again, by name or id
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_replace: Vec<String>,

    /// Delete what the environment owns and the profile no longer names
    #[arg(long)]
    pub(crate) prune: bool,

    /// Speak this version with a type, such as `Microsoft.Network/virtualNetworks=2025-07-01`
    #[arg(long, value_name = "TYPE=VERSION")]
    pub(crate) api_version: Vec<TypeVersion>,
}

impl Intent {
    /// Returns the flags as a next command needs them, a space in front.
    pub(crate) fn flags(&self) -> String {
        let mut out = String::new();
        for name in &self.allow_replace {
            let _ = write!(out, " --allow-replace {}", word(name));
        }
        if self.prune {
            out.push_str(" --prune");
        }
        for given in &self.api_version {
            let _ = write!(out, " --api-version {}={}", given.kind, given.version);
        }
        out
    }
}

/// One `TYPE=VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeVersion {
    /// The resource type.
    pub(crate) kind: String,
    /// The version.
    pub(crate) version: String,
}

impl FromStr for TypeVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, version) = text.split_once('=').ok_or("has no `=`")?;
        let known = crate::kind::api_version(kind).is_some();
        if !known {
            return Err(format!("akstool makes no resources of type `{kind}`"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let dated = version.len() >= 10 && version.starts_with("20") && version.chars().all(plain);
        if !dated {
            return Err(format!("`{version}` is no version such as 2025-07-01"));
        }
        Ok(Self { kind: kind.to_owned(), version: version.to_owned() })
    }
}
