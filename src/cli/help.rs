//! Which of the options that mean the same everywhere a command's help offers: those that do
//! something there. The others are taken all the same.

use clap::{Arg, Command};

/// How results are printed.
const RESULT: &[&str] = &["output", "color"];
/// How much is said.
const TALK: &[&str] = &["verbose", "quiet"];
/// Which Azure, and how to speak with it.
const AZURE: &[&str] =
    &["cloud", "arm_endpoint", "subscription", "timeout", "trace", "sim_speed", "sim_faults"];
/// How a change is made.
const CHANGE: &[&str] = &["yes", "parallel", "max_failures"];
/// What changes a profile.
const PROFILE: &[&str] = &["name", "location", "set"];

/// Returns the options that mean something to a command, by the words it is called with.
fn offered(command: &str) -> Vec<&'static str> {
    let parts: &[&[&str]] = match command {
        "up" => &[RESULT, TALK, AZURE, CHANGE, PROFILE, &["ttl"]],
        "plan" => &[RESULT, TALK, AZURE, &["parallel"], PROFILE, &["ttl"]],
        "status" => &[RESULT, TALK, AZURE, PROFILE, &["ttl"]],
        "down" => &[RESULT, TALK, AZURE, CHANGE, &["name"]],
        "kubeconfig" => &[RESULT, TALK, AZURE, &["name"]],
        "migrate" => &[RESULT, TALK, AZURE, CHANGE, PROFILE],
        "doctor" | "network" => &[RESULT, TALK, AZURE, PROFILE],
        "check" => &[RESULT, PROFILE, &["ttl"]],
        "profiles" | "sim show" => &[RESULT],
        "sim put" | "sim reset" => &[RESULT, &["quiet"]],
        "sim serve" => &[RESULT, &["verbose", "subscription", "sim_speed", "sim_faults"]],
        _ => &[],
    };
    let state = command.starts_with("sim ").then_some("subscription");
    parts.concat().into_iter().chain(state).collect()
}

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
    let offered = offered(path);
    // What is offered is named here as well: else it would be hidden where the command above hides it.
    command.args(everywhere.iter().map(|arg| {
        let is_hidden = !offered.contains(&arg.get_id().as_str());
        arg.clone().hide(is_hidden)
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
