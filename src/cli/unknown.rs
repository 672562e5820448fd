//! Commands that akstool is to have and has not yet: asked for, they point to what works today.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::run::context::variable;
use crate::run::error::Exit;
use crate::run::typed;
use crate::shell::word;
use crate::ui::{Facts, Known, Screen, Volume};

/// The commands, each with what comes closest on Azure and, where that differs, on the embedded one.
const PLANNED: &[(&str, &str, Option<&str>)] = &[
    (
        "list",
        "`az group list --tag akstool-environment -o table` lists the environments, `akstool status NAME` shows one",
        Some("`akstool sim show` shows every resource, `akstool status NAME` one environment"),
    ),
    (
        "reap",
        "`az group list --tag akstool-expires --query \"[].[name, tags.\\\"akstool-expires\\\"]\" -o table` shows when each \
         expires, `akstool down NAME` takes one away",
        Some(
            "`akstool sim show -o json` shows the tag `akstool-expires`, `akstool down NAME` takes one away",
        ),
    ),
    (
        "kubeconfig",
        "`az aks get-credentials -g NAME -n NAME` fetches and merges them",
        Some("the embedded Azure runs no API server; `akstool status NAME` shows what stands"),
    ),
    (
        "upgrade",
        "`akstool up PROFILE --set cluster.version=latest` upgrades; `akstool plan PROFILE --set cluster.version=latest` \
         shows it first",
        None,
    ),
    (
        "stop",
        "`az aks stop -g NAME -n NAME` stops the cluster",
        Some("the embedded Azure costs nothing while it runs; `akstool down NAME` takes it away"),
    ),
    (
        "start",
        "`az aks start -g NAME -n NAME` starts the cluster",
        Some(
            "the embedded Azure costs nothing while it runs; `akstool status NAME` shows its state",
        ),
    ),
    (
        "adopt",
        "`akstool profiles kubenet` prints a profile to start from; `akstool check PROFILE` looks it over",
        None,
    ),
    (
        "export",
        "`akstool plan PROFILE -v` shows every value of every resource, and with `--trace FILE` a run keeps each body it sends",
        None,
    ),
];

/// Answers a command line that names one of them; `None` where it names none.
pub(super) fn answer(error: &clap::Error, words: &[String]) -> Option<Exit> {
    let named = error.get(ContextKind::InvalidSubcommand);
    let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name))) = (error.kind(), named)
    else {
        return None;
    };
    let (_, cloud, embedded) = PLANNED.iter().find(|(planned, ..)| planned == name)?;
    let at = words.iter().position(|word| word == name)?;
    // `akstool sim list` asks for something else.
    if at > 0 && words[at - 1] == "sim" && !(at > 1 && words[at - 2] == "--cloud") {
        return None;
    }
    let known = known(words, &words[at + 1..]);
    let hint = embedded.filter(|_| known.embedded).unwrap_or(cloud);
    let facts = Facts::of_process(false, Volume::Normal, anstream::ColorChoice::Auto);
    Screen::new(facts).error(&format!("`{name}` is not part of this version"), &[known.fill(hint)]);
    Some(Exit::Wrong)
}

/// Returns what an option is given, behind it or joined to it.
fn given<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    let next = words.iter().skip_while(|word| *word != option).nth(1).map(String::as_str);
    let joined = |word: &'a String| word.strip_prefix(option)?.strip_prefix('=');
    next.or_else(|| words.iter().find_map(joined))
}

/// Reads off a line that cannot be parsed which Azure and which environment it means.
fn known(words: &[String], behind: &[String]) -> Known {
    let typed = given(words, "--cloud");
    let cloud = typed.map(str::to_owned).or_else(|| variable("AKSTOOL_CLOUD"));
    let target = behind.first().filter(|word| !word.starts_with('-')).cloned();
    let (profile, environment) = match target {
        Some(text) if typed::is_profile(&text) => (Some(text), None),
        other => (None, other.filter(|text| typed::environment(text).is_ok())),
    };
    Known {
        environment,
        profile,
        location: None,
        subscription: given(words, "--subscription").map(str::to_owned),
        flags: typed.map(|cloud| format!(" --cloud {}", word(cloud))).unwrap_or_default(),
        embedded: cloud.as_deref() == Some("sim"),
    }
}
