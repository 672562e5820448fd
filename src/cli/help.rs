//! What a command's help shows: of the options that mean the same everywhere those that do something
//! there (the others are taken all the same), and examples.

use clap::{Arg, Command};

/// How results are printed.
const RESULT: &[&str] = &["output", "color"];
/// How much is said.
const TALK: &[&str] = &["verbose", "quiet"];
/// Which Azure, and how to speak with it.
const AZURE: &[&str] =
    &["cloud", "arm_endpoint", "subscription", "timeout", "trace", "sim_speed", "sim_faults"];
/// How a change is made.
const CHANGE: &[&str] = &["yes", "parallel", "max_failures", "junit"];
/// What changes a profile.
const PROFILE: &[&str] = &["name", "location", "set"];

/// What `--subscription` means to the commands of the embedded Azure.
const OWN_SUBSCRIPTION: &str = "Work in this subscription [env: AZURE_SUBSCRIPTION_ID] \
     [default: 00000000-0000-0000-0000-000000000000]";

/// Returns the options that mean something to a command, by the words it is called with.
fn offered(command: &str) -> Vec<&'static str> {
    let parts: &[&[&str]] = match command {
        "up" => &[RESULT, TALK, AZURE, CHANGE, PROFILE, &["ttl", "matrix"]],
        "plan" => &[RESULT, TALK, AZURE, &["parallel"], PROFILE, &["ttl", "matrix"]],
        "status" => &[RESULT, TALK, AZURE, PROFILE, &["ttl"]],
        "list" => &[RESULT, TALK, AZURE],
        "reap" => &[RESULT, TALK, AZURE, CHANGE],
        "down" => &[RESULT, TALK, AZURE, CHANGE, &["name", "matrix"]],
        "adopt" => &[RESULT, TALK, AZURE, &["yes"]],
        "kubeconfig" => &[RESULT, TALK, AZURE, &["name"]],
        "migrate" | "stop" | "start" | "upgrade" => &[RESULT, TALK, AZURE, CHANGE, PROFILE],
        "doctor" | "network" => &[RESULT, TALK, AZURE, PROFILE],
        "check" => &[RESULT, PROFILE, &["ttl", "matrix"]],
        "profiles" | "sim show" => &[RESULT],
        "sim put" | "sim reset" => &[RESULT, &["quiet"]],
        "sim serve" => &[RESULT, &["verbose", "subscription", "sim_speed", "sim_faults"]],
        _ => &[],
    };
    let state = command.starts_with("sim ").then_some("subscription");
    parts.concat().into_iter().chain(state).collect()
}

/// What one types as a rule, by the words a command is called with; shown at the end of its help.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "up",
        "akstool up kubenet --cloud sim            rehearse, without a login
  akstool up mine.yaml                      the real thing: plan, ask, apply
  akstool up mine.yaml --set 'pools[system].count=3'
  akstool up a.yaml b.yaml --yes -o json    a fleet, for a script
  akstool up environments/                  every profile of a folder
  akstool up mine.yaml --matrix version=1.33,1.34",
    ),
    (
        "plan",
        "akstool plan mine.yaml
  akstool plan mine.yaml --exit-code        3 when changes are pending
  akstool profiles kubenet | akstool plan - --cloud sim",
    ),
    (
        "down",
        "akstool down demo
  akstool down mine.yaml --yes
  akstool down pr-17 --yes --no-wait --best-effort",
    ),
    (
        "status",
        "akstool status demo
  akstool status mine.yaml --exit-code      3 when it differs from the profile
  akstool status demo --outputs env         AKSTOOL_CLUSTER_ID=…, for a shell
  akstool status demo -o json | jq '.resources[] | {id, version}'",
    ),
    (
        "list",
        "akstool list
  akstool list --all-subscriptions
  akstool list --expired -o json | jq -r '.environments[].name'",
    ),
    (
        "reap",
        "akstool reap                              what would go, and what is spared
  akstool reap --yes --summary reaped.md
  akstool reap --match 'pr-*' --older-than 2d --orphans --yes
  akstool reap --expiry-tag DeleteAfter --created-tag creation_date",
    ),
    ("kubeconfig", "akstool kubeconfig demo"),
    (
        "upgrade",
        "akstool upgrade demo
  akstool upgrade mine.yaml --to 1.35 --control-plane-only",
    ),
    (
        "migrate",
        "akstool migrate mine.yaml --to overlay
  akstool migrate demo --to cilium --edit mine.yaml",
    ),
    (
        "stop",
        "akstool stop demo
  akstool stop mine.yaml --yes              every evening, for a script",
    ),
    ("start", "akstool start demo"),
    (
        "adopt",
        "akstool adopt \"$(az aks show -g rg -n prod --query id -o tsv)\" \\
      -f prod.yaml
  akstool plan prod.yaml                    nothing to do
  akstool adopt \"$(az aks show -g rg -n prod --query id -o tsv)\" --own",
    ),
    (
        "check",
        "akstool check mine.yaml
  akstool check profiles/*.yaml -o json",
    ),
    (
        "network",
        "akstool network mine.yaml
  akstool network mine.yaml --compare
  akstool network mine.yaml --html plan.html --live",
    ),
    (
        "doctor",
        "akstool doctor                            the login and the subscription
  akstool doctor mine.yaml
  akstool doctor --location westeurope",
    ),
    (
        "profiles",
        "akstool profiles
  akstool profiles azure-overlay > mine.yaml",
    ),
    (
        "schema",
        "akstool schema network.outbound
  akstool schema pools.autoscale
  akstool schema > akstool.schema.json",
    ),
    (
        "sim",
        "akstool sim show
  akstool sim serve --listen 127.0.0.1:8443",
    ),
    (
        "sim show",
        "akstool sim show
  akstool sim show -o json | jq -r '.resources[].id'",
    ),
    (
        "sim put",
        "akstool sim put --api-version 2021-04-01 --body - \\
      /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net \\
      <<< '{\"location\": \"westeurope\"}'",
    ),
    ("sim reset", "akstool sim reset"),
    (
        "sim serve",
        "akstool sim serve
  akstool sim serve --listen 127.0.0.1:0 -o json --sim-speed 1",
    ),
    (
        "completions",
        "akstool completions bash > ~/.local/share/bash-completion/completions/akstool",
    ),
    ("man", "akstool man | man -l -"),
];

/// Hides from each command's help what does nothing there.
pub(super) fn tidy(root: Command) -> Command {
    let everywhere: Vec<Arg> =
        root.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    let names: Vec<String> =
        root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(root, |root, name| {
        root.mut_subcommand(&name, |command| tidy_below(command, &name, &everywhere))
    })
}

fn tidy_below(command: Command, path: &str, everywhere: &[Arg]) -> Command {
    let inner: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = inner.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(&name, |inner| tidy_below(inner, &path, everywhere))
    });
    let example = EXAMPLES.iter().find(|(of, _)| *of == path);
    let command = match example {
        Some((_, lines)) => command.after_help(format!("Examples:\n  {lines}")),
        None => command,
    };
    let offered = offered(path);
    // What is offered is named here as well: else it would be hidden where the command above hides it.
    command.args(everywhere.iter().map(|arg| {
        let is_hidden = !offered.contains(&arg.get_id().as_str());
        let arg = arg.clone().hide(is_hidden);
        // Its own commands know no Azure CLI.
        if arg.get_id() == "subscription" && path.starts_with("sim ") {
            return arg.help(OWN_SUBSCRIPTION);
        }
        arg
    }))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn names(command: &Command, above: &str) -> Vec<String> {
        let inner = command.get_subcommands().flat_map(|inner| {
            let path = format!("{above} {}", inner.get_name()).trim().to_owned();
            [vec![path.clone()], names(inner, &path)].concat()
        });
        inner.collect()
    }

    #[test]
    fn every_command_is_thought_of() {
        let silent = ["schema", "man", "completions", "sim"];
        for name in names(&Cli::command(), "") {
            let known = !offered(&name).is_empty() || silent.contains(&name.as_str());
            assert!(known, "say which options mean something to `{name}`");
        }
    }

    #[test]
    fn every_command_has_an_example_that_can_be_read() {
        for name in names(&Cli::command(), "") {
            let example = EXAMPLES.iter().find(|(of, _)| *of == name);
            let (_, lines) = example.unwrap_or_else(|| panic!("`{name}` has no example"));
            for line in lines.replace("\\\n      ", "").lines() {
                // What stands behind a gap says what it is for; behind a bar stands another program.
                let typed = line.trim().split("   ").next().unwrap_or_default();
                let ours = typed.split(" | ").filter(|part| part.starts_with("akstool"));
                for part in ours {
                    let part = part.split(" > ").next().unwrap_or(part);
                    let part = part.split(" <<< ").next().unwrap_or(part);
                    let words = shlex::split(part).unwrap();
                    let read = crate::cli::command().try_get_matches_from(words);
                    assert!(read.is_ok(), "`{part}`: {}", read.unwrap_err());
                }
            }
        }
    }

    #[test]
    fn what_is_offered_exists() {
        let command = Cli::command();
        for name in names(&command, "") {
            for id in offered(&name) {
                let mut all = command.get_arguments();
                assert!(all.any(|arg| arg.get_id() == id && arg.is_global_set()), "{id}");
            }
        }
    }
}
