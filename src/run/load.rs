//! From what is typed to profiles: a file, a built-in name, or the name of an environment.

use std::path::Path;

use futures_util::future::try_join;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::source::Source;
use super::typed::{INPUT, environment, is_profile, looks_like_file};
use crate::observe::stands;
use crate::profile::{self, Loaded, Overrides, Problems, builtin};

/// What a command is to work on.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A profile, and with it its environment.
    Profile(Box<Loaded>),
    /// The name of an environment.
    Name(String),
}

impl Target {
    /// Returns the environment's name.
    pub(crate) fn environment(&self) -> &str {
        match self {
            Self::Profile(loaded) => &loaded.profile.metadata.name,
            Self::Name(name) => name,
        }
    }
}

/// Reads each profile, whatever is wrong with the others.
pub(crate) async fn each(
    context: &Context,
    typed: &[String],
) -> Result<Vec<Result<Loaded, Problems>>, Error> {
    let overrides = context.options.overrides.to_overrides();
    once(typed)?;
    let mut all = Vec::new();
    for text in typed {
        all.push(profile(context, text, &overrides).await?);
    }
    Ok(all)
}

/// Reads every profile; what is wrong with any of them comes at once.
pub(crate) async fn profiles(context: &Context, typed: &[String]) -> Result<Vec<Loaded>, Error> {
    let mut loaded = Vec::new();
    let mut found = Vec::new();
    for profile in each(context, typed).await? {
        match profile {
            Ok(profile) => loaded.push(profile),
            Err(problems) => found.push(problems),
        }
    }
    if !found.is_empty() {
        return Err(Error::Profiles(found));
    }
    distinct(loaded.iter().map(|loaded| loaded.profile.metadata.name.as_str()))?;
    Ok(loaded)
}

/// Reads every target; a text that is no file and no built-in profile names an environment.
pub(crate) async fn targets(context: &Context, typed: &[String]) -> Result<Vec<Target>, Error> {
    let overrides = context.options.overrides.to_overrides();
    once(typed)?;
    if let Some(name) = typed.iter().find(|text| !is_profile(text))
        && overrides != Overrides::default()
    {
        let shown = crate::ui::words::clean(name);
        return Err(Error::usage(
            format!(
                "`--name`, `--location`, `--set` and `--ttl` change a profile, and `{shown}` names an environment"
            ),
            "leave them out, or name the profile instead",
        ));
    }
    let mut targets = Vec::new();
    let mut found = Vec::new();
    for text in typed {
        if !is_profile(text) {
            targets.push(Target::Name(environment(text)?));
            continue;
        }
        match profile(context, text, &overrides).await? {
            Ok(profile) => targets.push(Target::Profile(Box::new(profile))),
            Err(problems) => found.push(problems),
        }
    }
    if !found.is_empty() {
        return Err(Error::Profiles(found));
    }
    distinct(targets.iter().map(Target::environment))?;
    Ok(targets)
}

/// Tells apart what a built-in profile's name may mean: the profile's environment, or an
/// environment of that very name. Where both stand, nothing is guessed.
pub(crate) async fn told_apart(
    context: &Context,
    azure: &Azure,
    typed: &[String],
    targets: Vec<Target>,
) -> Result<Vec<Target>, Error> {
    let mut told = Vec::new();
    for (text, target) in typed.iter().zip(targets) {
        let own = target.environment().eq_ignore_ascii_case(text);
        let renamed = context.options.overrides.name.is_some();
        if own || renamed || looks_like_file(text) || builtin::find(text).is_none() {
            told.push(target);
            continue;
        }
        let stands = |name| stands(&azure.arm, &azure.subscription, name);
        let both = Box::pin(try_join(stands(text), stands(target.environment())));
        told.push(match both.await? {
            (false, _) => target,
            (true, false) => Target::Name(text.clone()),
            (true, true) => return Err(ambiguous(text, target.environment())),
        });
    }
    Ok(told)
}

fn ambiguous(text: &str, environment: &str) -> Error {
    Error::usage(
        format!(
            "`{text}` is the built-in profile of the environment `{environment}` and an environment of its own, and both stand"
        ),
        format!("`{environment}` means the first, `{text} --name {text}` the second"),
    )
}

/// Reads one profile; the outer error is that nobody waits for it any more.
async fn profile(
    context: &Context,
    text: &str,
    overrides: &Overrides,
) -> Result<Result<Loaded, Problems>, Error> {
    let source = Source::of(text);
    if let (Ok(Source::Builtin(builtin)), true) = (&source, Path::new(text).is_file()) {
        let name = builtin.name;
        context.screen.warn(&format!(
            "`{name}` is the built-in profile; the file of that name is `./{name}`"
        ));
    }
    let read = match source {
        Ok(source) => source.read(context).await?,
        Err(problems) => Err(problems),
    };
    Ok(read.and_then(|(origin, bytes)| profile::load(&bytes, &origin, overrides)))
}

/// Refuses to read standard input twice: the second time there is nothing left.
fn once(typed: &[String]) -> Result<(), Error> {
    if typed.iter().filter(|text| *text == INPUT).count() < 2 {
        return Ok(());
    }
    Err(Error::usage("`-`, standard input, is named twice", "name it once; files come beside it"))
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(Error::usage(
                format!("the environment `{name}` is named twice"),
                "give each profile a `metadata.name` of its own, and no `--name` with several",
            ));
        }
    }
    Ok(())
}
