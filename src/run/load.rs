//! From what is typed to profiles: a file, a built-in name, or the name of an environment.

use std::path::Path;

use super::context::Context;
use super::error::Error;
use super::source::Source;
use super::typed::{INPUT, environment, is_profile};
use crate::profile::{self, Loaded, Overrides, Problems};

/// What a command is to work on.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A profile, and with it its environment.
    Profile(Box<Loaded>),
    /// The name of an environment, and its group where that was typed too.
    Name {
        /// The name.
        name: String,
        /// The group.
        group: Option<String>,
    },
}

impl Target {
    /// Returns what tells this target's environment from another's.
    fn key(&self) -> String {
        match self {
            Self::Profile(loaded) => {
                let metadata = &loaded.profile.metadata;
                format!("{}/{}", metadata.resource_group_or_default(), metadata.name)
            }
            Self::Name { name, group } => {
                format!("{}/{name}", group.as_deref().unwrap_or(name))
            }
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
            let (group, name) = environment(text)?;
            targets.push(Target::Name { name, group });
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
    let keys: Vec<String> = targets.iter().map(Target::key).collect();
    distinct(keys.iter().map(String::as_str))?;
    Ok(targets)
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
                format!(
                    "the environment `{}` is named twice",
                    name.rsplit('/').next().unwrap_or(name)
                ),
                "give each profile a `metadata.name` of its own, and no `--name` with several",
            ));
        }
    }
    Ok(())
}
