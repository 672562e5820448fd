//! `akstool doctor`: everything that can be said by reading Azure.

use azure_core::credentials::TokenRequestOptions;
use clap::Args;

use crate::doctor::{Question, Registered, Report, Who, examine, register};
use crate::run::Run;
use crate::run::connect::Azure;
use crate::run::context::{self, Context};
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::run::look_first;
use crate::ui::doctor::draw;
use crate::ui::network::Look;
use crate::ui::words::clean;

/// Columns where standard output is no terminal; chosen: what most logs and mails hold.
const COLUMNS: usize = 100;

/// Say whether `up` would go through, by reading Azure: rights, providers, quota, names, networks
///
/// Reads only, unless `--register` is given. Each finding says what was found, what comes of it and what
/// to run; what could not be read is said too. Without a profile the subscription is looked at, and with
/// `--location` the region. Exits with 1 when `up` would fail. With `-o json` one object
/// (`akstool.doctor/v1`).
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// A YAML file or the name of a built-in profile
    #[arg(value_name = "PROFILE")]
    profile: Option<String>,

    /// Register the resource providers that are missing, and wait until they are
    #[arg(long)]
    register: bool,
}

impl Run for Doctor {
    fn typed(&self) -> &[String] {
        self.profile.as_slice()
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let mut blanks = context::blanks(&context.options, self.typed());
        let typed: Vec<String> = self.profile.into_iter().collect();
        let loaded = match typed.first() {
            Some(typed) => Some(load::only(context, typed).await?),
            None => None,
        };
        let azure = context.connect()?;
        blanks.subscription = Some(azure.subscription.clone());
        let work = async {
            let who = who(&azure).await;
            let question = Question {
                subscription: &azure.subscription,
                profile: loaded.as_ref().map(|loaded| &loaded.profile),
                location: context.options.overrides.location.as_deref(),
                who,
                login: context.login(),
            };
            let report = examine(&azure.arm, &question).await?;
            if !self.register || report.unregistered.is_empty() {
                return Ok::<_, Error>(report);
            }
            add(context, &azure, &report).await?;
            Ok(examine(&azure.arm, &question).await?)
        };
        let mut report = context.bounded(work).await??;
        look_first::fill(&mut report.findings, &blanks);
        show(context, &report);
        Ok(if report.has_errors() { Exit::Failed } else { Exit::Done })
    }
}

/// Returns whom ARM sees, as far as the token tells; a failure to log in is left to the reads.
async fn who(azure: &Azure) -> Option<Who> {
    let (credential, scope) = &azure.login;
    let options: Option<TokenRequestOptions<'_>> = None;
    let token = credential.get_token(&[scope], options).await.ok()?;
    Who::of_token(token.token.secret())
}

async fn add(context: &Context, azure: &Azure, report: &Report) -> Result<(), Error> {
    let names = &report.unregistered;
    context
        .screen
        .talk(&format!("Registering {}, which takes a minute or two.\n", names.join(", ")));
    let outcomes = register(&azure.arm, &azure.subscription, names).await?;
    for (name, outcome) in outcomes {
        let text = match outcome {
            Registered::Yes => "is registered",
            Registered::Pending => "is still being registered",
        };
        context.screen.talk(&format!("{} {text}.\n", clean(&name)));
    }
    Ok(())
}

fn show(context: &Context, report: &Report) {
    let screen = &context.screen;
    if screen.terminal().json {
        return screen.object(report);
    }
    let width = screen.columns().unwrap_or(COLUMNS);
    screen.data(&draw(report, Look { width, colour: true }));
}
