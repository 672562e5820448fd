//! The command line: one file per command, each thin: what a run is stands in [`crate::run`].
//! `help` says which options a command offers, `unknown` answers to words that are no command.
//!
//! To add a command, write its file and add one line to `commands!`; its doc comment is its help.
//! Results go to standard output: plans, tables, JSON, how a run succeeded. Talk goes to standard
//! error: progress, questions, failures, problems and hints.

mod adopt;
mod check;
mod complete;
mod completions;
mod doctor;
mod down;
mod help;
mod kubeconfig;
mod list;
mod man;
mod migrate;
mod network;
mod plan;
mod power;
mod profiles;
mod reap;
mod schema;
#[cfg(feature = "serve")]
mod serve;
#[cfg(not(feature = "serve"))]
#[path = "unserved.rs"]
mod serve;
mod sim;
mod status;
mod unknown;
mod up;
mod upgrade;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::advice::Advice;
use crate::run::Run;
use crate::run::context::{self, Context};
use crate::run::error::{Error, Exit};
use crate::run::options::{CloudName, Options, SimSpeed};
use crate::run::panic::{panicked_at, remember};
use crate::run::tell::{told, told_before};
use crate::ui::{self, Blanks, Screen};

/// Provision Azure Kubernetes Service by calling Azure Resource Manager directly
///
/// A profile says which network model and which pools; `up` makes Azure match it and `down` takes
/// it away again. `--cloud sim` does all of it on an embedded Azure: no login, no network, no cost.
#[derive(Debug, Parser)]
#[command(name = "akstool", version, long_version = env!("AKSTOOL_VERSION"))]
#[command(arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = EXIT_CODES, subcommand_required = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    options: Options,
}

/// The end of the help: what scripts need to know.
const EXIT_CODES: &str = "\
Exit codes: 0 done, or nothing to do; 1 Azure said no, or the run failed part-way; 2 the command line or \
a profile is wrong (Azure was not contacted); 3 changes are pending (--exit-code); 4 refused by a guard, \
or nobody to ask; 70 a bug in akstool; 130 interrupted.

Results go to standard output; progress, questions and problems to standard error.";

/// Lists the commands, in the order of the help.
macro_rules! commands {
    ($($name:ident($args:ty)),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($name(Box<$args>)),*
        }

        impl Command {
            fn typed(&self) -> &[String] {
                match self {
                    $(Self::$name(command) => command.typed()),*
                }
            }

            async fn run(self, context: &Context) -> Result<Exit, Error> {
                match self {
                    $(Self::$name(command) => command.run(context).await),*
                }
            }
        }
    };
}

commands! {
    Up(up::Up),
    Plan(plan::PlanArgs),
    Down(down::Down),
    Status(status::Status),
    List(list::List),
    Reap(reap::Reap),
    Kubeconfig(kubeconfig::Kubeconfig),
    Upgrade(upgrade::Upgrade),
    Migrate(migrate::Migrate),
    Stop(power::Stop),
    Start(power::Start),
    Adopt(adopt::Adopt),
    Check(check::Check),
    Network(network::Network),
    Doctor(doctor::Doctor),
    Profiles(profiles::Profiles),
    Schema(schema::Schema),
    Sim(sim::SimArgs),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    remember();
    caught(parse_and_run).into()
}

/// Runs the program; a panic becomes an exit code and an apology.
fn caught(program: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| apologise())
}

fn parse_and_run() -> Exit {
    match complete::answered(command) {
        Ok(false) => {}
        Ok(true) => return Exit::Done,
        Err(error) => return unparsed(&error),
    }
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    let screen = context::screen(&cli.options);
    let blanks = context::blanks(&cli.options, cli.command.typed());
    let exit = runtime(&cli).and_then(|runtime| {
        let exit = runtime.block_on(within(cli, screen.clone()));
        // A question may still wait for an answer on a thread of its own.
        runtime.shutdown_background();
        exit
    });
    let exit = exit.unwrap_or_else(|error| explain(&screen, &error, &blanks));
    match screen.trouble() {
        Some(trouble) => explain(&screen, &Error::Output(trouble), &blanks),
        None => exit,
    }
}

/// Answers a command line that is none, or that asks for help or the version.
fn unparsed(error: &clap::Error) -> Exit {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if !error.use_stderr() {
        drop(error.print());
        return Exit::Done;
    }
    let answered = unknown::answer(error, &words);
    if answered.is_none() {
        drop(error.print());
    }
    let joined = words.join(" ");
    if ["-o json", "-ojson", "-o=json", "--output json", "--output=json"]
        .iter()
        .any(|asked| joined.contains(asked))
    {
        let screen = context::screen_of(true, ui::Volume::Normal, anstream::ColorChoice::Auto);
        let text = error.to_string();
        let first = answered.unwrap_or_else(|| text.lines().next().unwrap_or_default().to_owned());
        told_before(&screen, first.trim_start_matches("error: "));
    }
    Exit::Wrong
}

/// Reads the command line.
fn parse() -> Result<Cli, clap::Error> {
    let mut matches = command().try_get_matches()?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// Returns the command line as its help shows it.
fn command() -> clap::Command {
    help::tidy(Cli::command())
}

async fn within(cli: Cli, screen: Screen) -> Result<Exit, Error> {
    let context = Context::new(cli.options, screen, command)?;
    let ended = Box::pin(cli.command.run(&context)).await;
    context.end_trace();
    if let Err(error) = &ended {
        told(&context, error);
    }
    ended
}

/// Builds the runtime: with a paused clock where the embedded Azure shall not wait.
fn runtime(cli: &Cli) -> Result<Runtime, Error> {
    let (options, command) = (&cli.options, &cli.command);
    let served = matches!(command, Command::Sim(sim) if sim.serves());
    let skips = !served
        && context::cloud_name(options)? == CloudName::Sim
        && options.sim_speed == SimSpeed::Max;
    let runtime = Builder::new_current_thread().enable_all().start_paused(skips).build();
    runtime.map_err(Error::Output)
}

/// Says what went wrong, and returns the exit code for it.
fn explain(screen: &Screen, error: &Error, blanks: &Blanks) -> Exit {
    if let Error::Profiles(found) = error {
        for problems in found {
            screen.insist(&format!("{}\n", ui::problem::draw(problems, true)));
            ui::problem::annotate(screen, problems);
        }
    }
    match error {
        Error::Declined => screen.talk("Nothing was changed.\n"),
        error => {
            let hints: Vec<Advice> = error.hints().iter().map(|hint| blanks.fill(hint)).collect();
            screen.error(&error.to_string(), &hints);
        }
    }
    error.exit()
}

/// Says that this is our fault, calmly, and without what the panic said.
fn apologise() -> Exit {
    let place = panicked_at();
    let screen = context::screen_of(false, ui::Volume::Normal, anstream::ColorChoice::Auto);
    let version = env!("CARGO_PKG_VERSION");
    let report = format!(
        "please report it with the command you ran and this place: {place}, akstool {version}"
    );
    let hints = [
        "what Azure was asked to do goes on; `akstool status NAME` shows it, and running the same command again picks it up".into(),
        report.into(),
    ];
    screen.error("akstool has a bug and stopped here", &hints);
    Exit::Bug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn a_panic_is_a_bug_of_ours_and_has_a_code_of_its_own() {
        assert_eq!(caught(|| panic!("on purpose")), Exit::Bug);
        assert_eq!(caught(|| Exit::Pending), Exit::Pending);
    }
}
