//! `akstool reap`: takes down every environment whose time is up.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use time::OffsetDateTime;

use crate::event::{Ending, Outcome};
use crate::observe::Roll;
use crate::plan::{Because, Plan, Rule, Sighting};
use crate::run::Run;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::options::time;
use crate::run::place::Place;
use crate::run::plan::draw;
use crate::run::roll::Scope;
use crate::run::sweep::{self, Reaping, Sweep};
use crate::run::teardown::{How, Teardown};
use crate::shell::word;
use crate::ui::list::Look;
use crate::ui::reap::{Fate, Summary, What, ended, event, rest, table};
use crate::ui::{self, Volume};
use crate::wildcard::{self, Wild};

/// Plans that are drawn in full; chosen: more of them are a table.
const FULL: usize = 3;

/// Take down every environment whose time is up; without `--yes` only show what would go
///
/// Nothing goes that carries no expiry, unless `--older-than` or `--orphans` asks for it, and nothing
/// that akstool did not make. Each environment is looked at once more before it goes: one that was
/// extended is spared, one that is locked or holds what another hand made stays and is named. Each
/// failure is its own. Exits 1 when something stays that is due.
#[derive(Debug, Args)]
pub(crate) struct Reap {
    #[command(flatten)]
    scope: Scope,

    /// Take what carries no expiry too, if it is older than this, such as 12h or 2d
    #[arg(long, value_name = "AGE", value_parser = time)]
    older_than: Option<Duration>,

    /// Take what carries no expiry and is left over too: nodes whose cluster is gone, environments that
    /// have had no cluster for an hour
    #[arg(long)]
    orphans: bool,

    /// Only environments of these names, or GROUP/NAME; `*` and `?` stand for any characters
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    r#match: Vec<String>,

    /// No environment of these names
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    exclude: Vec<String>,

    /// Write what happened to a file: JSON where its name ends in .json, Markdown where it ends in .md,
    /// otherwise both, with these endings
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,

    /// Do not look first whether a lock forbids it
    #[arg(long)]
    no_preflight: bool,

    /// Exit with 3 when something would go
    #[arg(long)]
    exit_code: bool,
}

impl Run for Reap {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        self.writable()?;
        let (azure, roll, now) = self.scope.look(context).await?;
        let read = azure.arm.clock().elapsed();
        let many = roll.subscriptions.len() > 1;
        let (due, spared) = self.judged(context, roll, now);
        let Sweep { goes, rest } = sweep::look(context, &azure, due).await?;
        let mut fates: Vec<Fate> = spared;
        fates.extend(rest);
        let look = Look { columns: context.screen.columns(), now, many };
        show(context, &goes, &fates, look);
        let dry = !context.options.yes;
        let mut whole = Outcome::empty(Ending::NothingToDo);
        let pending = !goes.is_empty();
        if dry {
            whole.not_tried =
                goes.iter().map(|(one, _)| one.teardown.place.environment.group.clone()).collect();
            fates.extend(goes.into_iter().map(|(one, _)| Fate {
                seen: one.seen,
                because: Some(one.because),
                what: What::WouldGo,
            }));
        } else if pending {
            let told;
            let gone;
            (gone, told, whole) = sweep::run(context, &azure, goes, read).await;
            fates.extend(gone);
            tell(context, &told);
        }
        self.end(context, &azure, &fates, (now, dry), whole).map(|exit| {
            if dry && pending && self.exit_code && exit == Exit::Done {
                Exit::Pending
            } else {
                exit
            }
        })
    }
}

impl Reap {
    /// Parts what is due from what is not; what no pattern names is nobody's business here.
    fn judged(
        &self,
        context: &Context,
        roll: Roll,
        now: OffsetDateTime,
    ) -> (Vec<Reaping>, Vec<Fate>) {
        let rule = Rule {
            older_than: self.older_than,
            orphans: self.orphans,
            aliases: self.scope.aliases(),
        };
        let mut due = Vec::new();
        let mut spared = Vec::new();
        for seen in roll.sightings.into_iter().filter(|seen| self.means(seen)) {
            match rule.of_sighting(&seen, now) {
                Ok(because) => {
                    let teardown = self.teardown(context, &seen);
                    due.push(Reaping { seen, rule: rule.clone(), because, now, teardown });
                }
                Err(why) => spared.push(Fate { seen, because: None, what: What::Spared(why) }),
            }
        }
        (due, spared)
    }

    fn means(&self, seen: &Sighting) -> bool {
        let environment = &seen.environment;
        let long = format!("{}/{}", environment.group.name(), environment.name);
        let fits = |pattern: &String| {
            wildcard::is_like(pattern, &environment.name, Wild::Shell)
                || wildcard::is_like(pattern, &long, Wild::Shell)
        };
        (self.r#match.is_empty() || self.r#match.iter().any(fits)) && !self.exclude.iter().any(fits)
    }

    fn teardown(&self, context: &Context, seen: &Sighting) -> Teardown {
        let environment = seen.environment.clone();
        let typed =
            word(&format!("{}/{}", environment.group.name(), environment.name)).into_owned();
        let mut options = context.options.clone();
        if !options.subscription.is_empty() || self.scope.all_subscriptions {
            options.subscription = vec![environment.subscription.clone()];
        }
        Teardown {
            place: Place { environment, profile: None, typed },
            flags: options.flags(),
            looks_first: !self.no_preflight,
            how: How::AtOnce { waits: true },
            takes_data: true,
        }
    }

    /// Tells the end, writes the summary, and says how the process ends.
    fn end(
        &self,
        context: &Context,
        azure: &Azure,
        fates: &[Fate],
        (now, dry): (OffsetDateTime, bool),
        mut whole: Outcome,
    ) -> Result<Exit, Error> {
        let summary = Summary::of(fates, now, dry);
        let stays = fates.iter().any(Fate::stays) && !dry;
        for fate in fates {
            if let (What::Stays(failures), false) = (&fate.what, dry) {
                whole.failed.extend(
                    failures
                        .iter()
                        .filter(|one| !whole.failed.contains(one))
                        .cloned()
                        .collect::<Vec<_>>(),
                );
            }
        }
        if stays && whole.result != Ending::Interrupted {
            whole.result = Ending::Failed;
        }
        whole.requests = azure.requests();
        let screen = &context.screen;
        if screen.terminal().json {
            for fate in fates {
                ui::json::event(screen, &context.watch(), "environment", &event(fate));
            }
            ui::json::outcome(screen, &context.watch(), &whole, &[]);
        } else if !dry {
            let text = ended(&summary, whole.seconds);
            if stays { screen.insist(&text) } else { screen.data(&text) }
        } else if summary_of(fates) > 0 {
            let flags = context.options.flags();
            screen.talk(&format!("Nothing was changed: `akstool reap{flags} --yes` does it.\n"));
        }
        self.write(&summary, fates)?;
        Ok(match whole.result {
            Ending::Interrupted => Exit::Interrupted,
            Ending::Failed => Exit::Failed,
            _ if stays => Exit::Failed,
            _ => Exit::Done,
        })
    }

    /// Returns the files that the summary goes to.
    fn files(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        let Some(path) = &self.summary else { return (None, None) };
        let ending = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
        let with = |end: &str| {
            let mut name = path.clone().into_os_string();
            name.push(end);
            Some(PathBuf::from(name))
        };
        match ending.as_deref() {
            Some("json") => (Some(path.clone()), None),
            Some("md" | "markdown") => (None, Some(path.clone())),
            _ => (with(".json"), with(".md")),
        }
    }

    /// Makes sure that the summary can be written before anything goes.
    fn writable(&self) -> Result<(), Error> {
        let (json, markdown) = self.files();
        for path in [json, markdown].into_iter().flatten() {
            put(&path, "")?;
        }
        Ok(())
    }

    fn write(&self, summary: &Summary<'_>, fates: &[Fate]) -> Result<(), Error> {
        let (json, markdown) = self.files();
        if let Some(path) = json {
            let text = serde_json::to_string_pretty(summary).unwrap_or_default();
            put(&path, &format!("{text}\n"))?;
        }
        if let Some(path) = markdown {
            put(&path, &summary.markdown(fates))?;
        }
        Ok(())
    }
}

fn summary_of(fates: &[Fate]) -> usize {
    fates.iter().filter(|fate| matches!(fate.what, What::WouldGo)).count()
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
        hint: "`--summary` wants a file that can be written".into(),
    })
}

/// Shows what goes: in full where that is little, as a table where it is much; then what stays.
fn show(context: &Context, goes: &[(Reaping, Plan)], fates: &[Fate], look: Look) {
    let screen = &context.screen;
    if screen.terminal().json {
        for (one, plan) in goes {
            ui::json::plan(
                screen,
                &context.watch(),
                plan,
                &crate::run::planner::blanks(context, one),
            );
        }
        return;
    }
    let mut out = String::new();
    if goes.len() <= FULL {
        for (one, plan) in goes {
            let why = one.because.sentence();
            let name = ui::list::address(&one.seen, look.many);
            let (why, plan) = (ui::words::clean(&why), draw(context, one, plan));
            let _ = write!(out, "{name}: {why}\n{plan}\n");
        }
    } else {
        let rows: Vec<(&Sighting, &Because, &Plan)> =
            goes.iter().map(|(one, plan)| (&one.seen, &one.because, plan)).collect();
        out.push_str(&table(&rows, look));
        out.push('\n');
    }
    if goes.is_empty() {
        out.push_str("Nothing is due.\n");
    }
    out.push_str(&rest(fates, look.many, screen.says(Volume::Loud)));
    screen.data(&out);
}

/// Tells how it went wrong, where it did.
fn tell(context: &Context, told: &[(String, Outcome)]) {
    if context.screen.terminal().json {
        return;
    }
    for (name, outcome) in told {
        if !matches!(outcome.result, Ending::Succeeded | Ending::NothingToDo) {
            ui::outcome::show(&context.screen, name, outcome, &[]);
        }
    }
}
