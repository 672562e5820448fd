//! What a shell offers for the next word: profiles, environments, fields. The shell asks the program
//! itself, by a variable, each time somebody presses the key; nothing here may print or change anything.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use clap::{Arg, Command, FromArgMatches as _};
use clap_complete::Shell;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, Shells};
use serde_json::Value;
use tokio::runtime::Builder;

use super::schema;
use crate::kind::ENVIRONMENT;
use crate::profile::builtin;
use crate::run::connect::state_file;
use crate::run::context::{self, Context};
use crate::run::error::Error;
use crate::run::options::{CloudName, Options};
use crate::run::roll::Scope;
use crate::sim::Sim;
use crate::ui::field::below;

/// The variable by which a shell asks.
const ASKED: &str = "AKSTOOL_COMPLETE";

/// How long a login and Azure may take; chosen: who pressed a key waits no longer. What comes later is
/// not offered.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers a shell that asks, and tells whether one did.
pub(super) fn answered(command: fn() -> Command) -> Result<bool, clap::Error> {
    let here = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(|| offering(command(), command));
    asked.var(ASKED).bin("akstool").try_complete(std::env::args_os(), here.as_deref())
}

/// Returns what makes a shell ask.
pub(super) fn script(shell: Shell) -> Result<String, std::io::Error> {
    let mut script = Vec::new();
    let known = Shells::builtins();
    if let Some(way) = known.completer(&shell.to_string()) {
        way.write_registration(ASKED, "akstool", "akstool", "akstool", &mut script)?;
    }
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Has a command and all below it offer values, by what their help calls them.
fn offering(part: Command, whole: fn() -> Command) -> Command {
    let prints = part.get_name() == "profiles";
    let part = part.mut_args(|arg| {
        let offered = match (prints && arg.is_positional(), called(&arg).as_str()) {
            (true, _) => ArgValueCompleter::new(builtins),
            (_, "PROFILE") => ArgValueCompleter::new(profiles),
            (_, "NAME|PROFILE") => {
                ArgValueCompleter::new(move |typed: &OsStr| either(typed, whole))
            }
            (_, "PATH") => ArgValueCompleter::new(fields),
            (_, "PATH=VALUE" | "PATH=VALUE,…") => ArgValueCompleter::new(settings),
            _ => return arg,
        };
        arg.add(offered)
    });
    part.mut_subcommands(|inner| offering(inner, whole))
}

fn called(arg: &Arg) -> String {
    let first = arg.get_value_names().and_then(|names| names.first());
    first.map(|name| name.as_str().to_owned()).unwrap_or_default()
}

fn builtins(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let matching = builtin::ALL.iter().filter(|profile| profile.name.starts_with(&*typed));
    matching.map(|one| CompletionCandidate::new(one.name).help(Some(one.about().into()))).collect()
}

/// Files that may be profiles, and the folders on the way to them; then the built-in ones.
fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let is_profile = |path: &Path| {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        ["yaml", "yml", "json"].contains(&extension)
    };
    let mut offered = PathCompleter::file().filter(is_profile).complete(typed);
    offered.extend(builtins(typed));
    offered
}

fn either(typed: &OsStr, whole: fn() -> Command) -> Vec<CompletionCandidate> {
    let begun = typed.to_string_lossy();
    let mut offered: Vec<CompletionCandidate> = environments(whole)
        .into_iter()
        .filter(|name| name.starts_with(&*begun))
        .map(|name| CompletionCandidate::new(name).help(Some("an environment".into())))
        .collect();
    offered.extend(profiles(typed));
    offered
}

/// The names of the environments of the Azure that is meant; none where it does not answer at once.
fn environments(whole: fn() -> Command) -> Vec<String> {
    let Some(options) = meant(whole) else { return Vec::new() };
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let mut names = runtime.block_on(standing(options, whole)).unwrap_or_default();
    runtime.shutdown_background();
    names.retain(|name| is_word(name));
    names.sort_unstable();
    names.dedup();
    names
}

/// Tells whether a shell takes a name as it stands. It is a tag's value, which anybody may write, and
/// what is offered is put into a line that is then run.
fn is_word(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(is_plain)
}

async fn standing(options: Options, whole: fn() -> Command) -> Result<Vec<String>, Error> {
    let screen = context::screen(&options);
    let context = Context::new(options, screen, whole)?;
    if context.cloud == CloudName::Sim {
        let resources = Sim::standing(&state_file()?)?;
        let name = |one: &Value| one.get("tags")?.get(ENVIRONMENT)?.as_str().map(str::to_owned);
        return Ok(resources.iter().filter_map(name).collect());
    }
    let (_, roll, _) = Scope::default().look(&context).await?;
    Ok(roll.sightings.into_iter().map(|seen| seen.environment.name).collect())
}

/// Reads of a line that is not whole yet which Azure it means.
fn meant(whole: fn() -> Command) -> Option<Options> {
    let matches = whole().ignore_errors(true).try_get_matches_from(words()).ok()?;
    let mut options = Options::from_arg_matches(&matches).ok()?;
    options.timeout = Some(PATIENCE);
    (options.quiet, options.verbose) = (true, 0);
    (options.trace, options.junit) = (None, None);
    Some(options)
}

/// The words of the line, as the shell has them behind `--`.
fn words() -> Vec<String> {
    let all = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    all.skip_while(|word| word != "--").skip(1).collect()
}

/// What stands below the part of a path that is whole.
fn fields(typed: &OsStr) -> Vec<CompletionCandidate> {
    let words = words();
    let at = words.iter().position(|word| word == "--of");
    let form = at.and_then(|at| words.get(at + 1)).map(String::as_str);
    let schema = schema::of(form);
    paths(&schema, typed, |path, _| path)
}

/// The same, with what parts it from its value where it can have one.
fn settings(typed: &OsStr) -> Vec<CompletionCandidate> {
    let end = |path: String, is_leaf| if is_leaf { path + "=" } else { path };
    paths(&schema::of(None), typed, end)
}

fn paths(
    schema: &Value,
    typed: &OsStr,
    end: impl Fn(String, bool) -> String,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let parent = typed.rfind('.').map_or("", |dot| &typed[..=dot]);
    let found = below(schema, parent).into_iter().map(|child| {
        let path = end(format!("{parent}{}", child.name), child.is_leaf);
        (path, child.meaning)
    });
    let matching = found.filter(|(path, _)| path.starts_with(&*typed));
    matching
        .map(|(path, meaning)| CompletionCandidate::new(path).help(Some(meaning.into())))
        .collect()
}
