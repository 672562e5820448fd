//! Words that are no command: those that akstool is to have and has not yet, and those of other
//! tools, options among them. Asked for, they point to what works today.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::run::context::{screen_of, variable};
use crate::run::typed;
use crate::shell::word;
use crate::ui::{Blanks, Volume};

/// The commands to come, each with what comes closest on Azure and, where that differs, on the embedded one.
const PLANNED: &[(&str, &str, Option<&str>)] = &[(
    "export",
    "`akstool plan PROFILE -v` shows every value of every resource, and with `--trace FILE` a run keeps each body it sends",
    None,
)];

/// What other tools call a thing, and what it is here; the first words stand for all on their line.
const OTHERS: &[(&[&str], &str)] = &[
    (
        &["apply", "create", "deploy", "provision", "install", "sync", "run", "launch", "ensure"],
        "`akstool up PROFILE` makes Azure match it, `akstool plan PROFILE` shows first what would change",
    ),
    (
        &["destroy", "delete", "remove", "rm", "del", "teardown", "uninstall", "nuke", "cleanup"],
        "`akstool down NAME` takes an environment away, and shows first what goes",
    ),
    (&["ls", "environments", "ps"], "`akstool list` lists every environment"),
    (
        &["expire", "gc", "prune", "sweep", "janitor", "expired"],
        "`akstool reap` shows every environment whose time is up, and with `--yes` takes it away",
    ),
    (
        &["validate", "lint", "verify", "test"],
        "`akstool check PROFILE` says what can be said offline, `akstool doctor PROFILE` what Azure would",
    ),
    (
        &["diff", "preview", "what-if", "whatif", "dry-run", "drift"],
        "`akstool plan PROFILE` shows what `up` would change",
    ),
    (
        &["show", "get", "describe", "info", "output", "state", "refresh"],
        "`akstool status NAME` shows what exists and its state",
    ),
    (
        &["scale", "update", "set", "edit", "patch", "modify", "resize", "change"],
        "change the profile, or one field of it by `--set`: `akstool up PROFILE --set 'pools[system].count=3'`",
    ),
    (
        &["init", "new", "generate", "template", "example", "examples", "samples"],
        "`akstool profiles` lists what to begin with, `akstool profiles kubenet > mine.yaml` takes one",
    ),
    (
        &["explain", "fields", "docs", "reference"],
        "`akstool schema network.outbound` explains a field, `akstool schema` prints them all",
    ),
    (
        &["preflight", "diagnose", "precheck"],
        "`akstool doctor PROFILE` says whether `up` would go through",
    ),
    (
        &["topology", "graph", "subnets", "cidr", "ipam"],
        "`akstool network PROFILE` shows the address plan",
    ),
    (
        &["credentials", "get-credentials", "kubectl", "config"],
        "`akstool kubeconfig NAME` merges the credentials of its cluster into your kubeconfig",
    ),
    (&["convert", "switch"], "`akstool migrate NAME --to overlay` moves a cluster in place"),
    (
        &["login", "logout", "auth"],
        "`az login` is the quickest way, and `akstool doctor` says which login is used; `--cloud sim` needs none",
    ),
    (
        &["simulate", "simulator", "emulator", "mock", "serve", "rehearse"],
        "`--cloud sim` with any command works on the embedded Azure, `akstool sim serve` puts it behind HTTPS",
    ),
    (
        &["pause", "suspend", "halt", "sleep"],
        "`akstool stop NAME` stops a cluster and says what stays billed",
    ),
    (&["resume", "wake", "unpause"], "`akstool start NAME` starts a stopped cluster"),
    (
        &["import", "takeover"],
        "`akstool adopt CLUSTER_ID` writes the profile of a cluster that stands",
    ),
    (&["completion"], "`akstool completions bash` prints what a shell needs"),
    (&["version"], "`akstool --version` says it"),
];

/// The same for words behind `akstool sim`.
const OF_SIM: &[(&[&str], &str)] = &[
    (&["list", "ls", "get", "dump", "state"], "`akstool sim show` shows every resource it holds"),
    (&["start", "run", "up", "listen", "server"], "`akstool sim serve` puts it behind HTTPS"),
    (&["create", "add", "place", "apply", "edit"], "`akstool sim put ID` places a resource"),
    (&["clear", "empty", "delete", "destroy", "down", "rm"], "`akstool sim reset` empties it"),
];

/// Options of other tools, and what they are here.
const OPTIONS: &[(&[&str], &str)] = &[
    (
        &[
            "--auto-approve",
            "--approve",
            "--assume-yes",
            "--force",
            "--no-prompt",
            "--confirm",
            "--non-interactive",
            "--skip-confirmation",
            "--no-confirm",
            "--quiet-yes",
        ],
        "`--yes` does what the plan shows without asking",
    ),
    (
        &["--dry-run", "--what-if", "--preview", "--diff", "--check", "--plan-only"],
        "`akstool plan PROFILE` shows what `up` would change; `akstool down NAME` shows what goes and asks first",
    ),
    (
        &[
            "-f",
            "--file",
            "--filename",
            "--config",
            "--config-file",
            "--var-file",
            "-c",
            "--values",
        ],
        "a profile is named without an option: `akstool up PROFILE`",
    ),
    (
        &["-g", "--resource-group", "--group", "--rg"],
        "the profile names its group: `--set metadata.resourceGroup=GROUP`; where one name stands in \
         several groups, `GROUP/NAME` means one of them",
    ),
    (&["-l", "--region"], "`--location` says the region"),
    (&["-n"], "`--name` says the name of the environment"),
    (
        &["--var", "-e", "--param", "--parameter", "--parameters"],
        "`--set path=value` overrides a field of the profile",
    ),
    (
        &["--out", "--plan", "--plan-file", "--save-plan"],
        "a plan is no file here: `up` plans, shows it and asks; `-o json` prints it for a script",
    ),
    (&["--json", "--format"], "`-o json` prints what a script reads"),
    (&["--no-color"], "`--color never`, or the variable `NO_COLOR`"),
    (
        &["--debug", "--log-level"],
        "`-v` says more, and `--trace FILE` keeps each exchange with Azure",
    ),
    (&["--concurrency", "--parallelism", "-p"], "`--parallel N` says how many at a time"),
    (&["--overwrite-existing"], "`--overwrite` replaces an entry of the same name"),
    (
        &["--replace", "--recreate"],
        "`--allow-replace NAME` lets the named resource be deleted and made again",
    ),
    (
        &["--delete", "--remove-unused", "--only-missing"],
        "`--prune` deletes what the profile no longer names",
    ),
    (
        &["--kubernetes-version", "-k"],
        "`--set cluster.version=1.34`, or `cluster.version` in the profile",
    ),
    (
        &["--node-count", "--count"],
        "`--set 'pools[system].count=3'`, or `count` of the pool in the profile",
    ),
];

/// Answers a command line that names one of them, and returns what is wrong with it; `None` where
/// it names none.
pub(super) fn answer(error: &clap::Error, words: &[String]) -> Option<String> {
    if error.kind() == ErrorKind::UnknownArgument {
        return option(error, words);
    }
    let named = error.get(ContextKind::InvalidSubcommand);
    let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name))) = (error.kind(), named)
    else {
        return None;
    };
    let at = words.iter().position(|word| word == name)?;
    let is_sim = at > 0 && words[at - 1] == "sim" && !(at > 1 && words[at - 2] == "--cloud");
    let blanks = blanks(words, &words[at + 1..]);
    let (what, hint) = if is_sim {
        (format!("`sim {name}` is no command of akstool"), other(OF_SIM, name)?)
    } else if let Some(hint) = planned(name, blanks.embedded) {
        (format!("`{name}` is not part of this version"), hint)
    } else {
        (format!("`{name}` is no command of akstool"), other(OTHERS, name)?)
    };
    let screen = screen_of(false, Volume::Normal, anstream::ColorChoice::Auto);
    screen.error(&what, &[blanks.fill(&hint.into())]);
    Some(what)
}

/// Answers an option that other tools have.
fn option(error: &clap::Error, words: &[String]) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else { return None };
    let hint = other(OPTIONS, typed.split('=').next()?)?;
    let at = words.iter().position(|word| !word.starts_with('-'))?;
    let what = format!("`{typed}` is no option of `akstool {}`", words[at]);
    let blanks = blanks(words, &words[at + 1..]);
    let screen = screen_of(false, Volume::Normal, anstream::ColorChoice::Auto);
    screen.error(&what, &[blanks.fill(&hint.into())]);
    Some(what)
}

/// Returns what works today in place of a command to come.
fn planned(name: &str, embedded: bool) -> Option<&'static str> {
    let (_, cloud, sim) = PLANNED.iter().find(|(planned, ..)| *planned == name)?;
    Some(sim.filter(|_| embedded).unwrap_or(cloud))
}

fn other(table: &[(&[&str], &'static str)], name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let (_, hint) = table.iter().find(|(words, _)| words.contains(&name.as_str()))?;
    Some(hint)
}

/// Returns what an option is given, behind it or joined to it.
fn given<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    let next = words.iter().skip_while(|word| *word != option).nth(1).map(String::as_str);
    let joined = |word: &'a String| word.strip_prefix(option)?.strip_prefix('=');
    next.or_else(|| words.iter().find_map(joined))
}

/// Reads off a line that cannot be parsed which Azure and which environment it means.
fn blanks(words: &[String], behind: &[String]) -> Blanks {
    let typed = given(words, "--cloud");
    let faults = given(words, "--sim-faults");
    let cloud = typed.map(str::to_owned).or_else(|| variable("AKSTOOL_CLOUD"));
    let target = behind.first().filter(|word| !word.starts_with('-')).cloned();
    let (profile, environment) = match target {
        Some(text) if typed::is_profile(&text) => (Some(text), None),
        other => (None, other.filter(|text| typed::environment(text).is_ok())),
    };
    Blanks {
        environment,
        profile,
        location: None,
        about: None,
        said: None,
        subscription: given(words, "--subscription").map(str::to_owned),
        flags: [("cloud", typed), ("sim-faults", faults)]
            .into_iter()
            .filter_map(|(option, given)| Some(format!(" --{option} {}", word(given?))))
            .collect(),
        embedded: cloud.as_deref() == Some("sim"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn no_word_of_others_is_a_command_or_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        let others = OTHERS.iter().flat_map(|(words, _)| words.iter());
        let planned = PLANNED.iter().map(|(name, ..)| name);
        for option in OPTIONS.iter().flat_map(|(words, _)| words.iter()) {
            assert!(seen.insert(*option), "`{option}` stands twice");
        }
        for word in others.chain(planned) {
            assert!(seen.insert(*word), "`{word}` stands twice");
            assert!(Cli::command().find_subcommand(word).is_none(), "`{word}` is a command");
        }
    }

    #[test]
    fn every_command_that_is_pointed_to_exists() {
        let hints = OTHERS.iter().chain(OF_SIM).chain(OPTIONS).map(|(_, hint)| *hint);
        let planned = PLANNED.iter().flat_map(|(_, cloud, sim)| [Some(*cloud), *sim]).flatten();
        for hint in hints.chain(planned) {
            for command in hint.split('`').filter_map(|part| part.strip_prefix("akstool ")) {
                let mut words = command.split(' ');
                let first = words.next().unwrap();
                let known =
                    first.starts_with('-') || Cli::command().find_subcommand(first).is_some();
                assert!(known, "`{command}`");
            }
        }
    }
}
