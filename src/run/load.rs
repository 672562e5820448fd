//! From what is typed to profiles: a file, a built-in name, or the name of an environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::context::Context;
use super::error::Error;
use super::matrix::{Cell, cells};
use super::options::changed;
use super::source::{Folder, Source, folder};
use super::typed::{INPUT, environment, is_profile};
use crate::compose::said_twice;
use crate::profile::problem::Source as Text;
use crate::profile::{self, Loaded, Overrides, Problem, Problems, builtin};
use crate::ui::words;

/// What a command is to work on.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A profile, and with it its environment.
    Profile {
        /// What was typed for it.
        text: String,
        /// What it says, and how a next command names it.
        read: Box<Read>,
    },
    /// The name of an environment, and its group where that was typed too.
    Name {
        /// What was typed for it.
        text: String,
        /// The name.
        name: String,
        /// The group.
        group: Option<String>,
    },
}

/// A profile that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// What a next command needs to mean it: its file, and what changes it.
    pub(crate) line: String,
    /// What it says.
    pub(crate) loaded: Loaded,
}

/// One profile to read.
struct Pick {
    text: String,
    overrides: Overrides,
    line: String,
}

impl Target {
    /// Returns what tells this target's environment from another's.
    fn key(&self) -> String {
        match self {
            Self::Profile { read, .. } => {
                let metadata = &read.loaded.profile.metadata;
                format!("{}/{}", metadata.resource_group_or_default(), metadata.name)
            }
            Self::Name { name, group, .. } => {
                format!("{}/{name}", group.as_deref().unwrap_or(name))
            }
        }
    }
}

/// Reads each profile, whatever is wrong with the others; with what was typed for it.
pub(crate) async fn each(
    context: &Context,
    typed: &[String],
) -> Result<Vec<(String, Result<Read, Problems>)>, Error> {
    once(typed)?;
    let mut all = Vec::new();
    for text in in_folders(context, typed)? {
        match picks(context, text).await? {
            Ok(picks) => {
                let mut told = BTreeSet::new();
                for Pick { text, overrides, line } in picks {
                    let mut read = profile(context, &text, &overrides).await?;
                    // A mistake that each environment of a matrix has is one mistake.
                    if let Err(problems) = &mut read {
                        problems
                            .list
                            .retain(|one| told.insert((one.path.clone(), one.what.clone())));
                        if problems.list.is_empty() {
                            continue;
                        }
                    }
                    all.push((text, read.map(|loaded| Read { line, loaded })));
                }
            }
            Err((text, problems)) => all.push((text, Err(problems))),
        }
    }
    Ok(all)
}

/// Returns each profile that is meant where folders are named: their files that say that they are
/// profiles, by name.
fn in_folders(context: &Context, typed: &[String]) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for text in typed {
        let path = Path::new(text);
        if !path.is_dir() || builtin::find(text).is_some() {
            all.push(text.clone());
            continue;
        }
        let Folder { profiles, others } = folder(path)?;
        for other in others {
            let other = words::clean(&other.to_string_lossy());
            context.screen.note_line(&format!("`{other}` is no profile of akstool: left out"));
        }
        if profiles.is_empty() {
            // Whoever reads it says what is wrong with it.
            all.push(text.clone());
            continue;
        }
        all.extend(profiles.iter().map(|path| path.to_string_lossy().into_owned()));
    }
    Ok(all)
}

/// Returns what is to be read for one profile: itself, or each environment of its matrix.
async fn picks(
    context: &Context,
    text: String,
) -> Result<Result<Vec<Pick>, (String, Problems)>, Error> {
    let options = &context.options;
    let overrides = options.overrides.to_overrides();
    if options.overrides.matrix.is_empty() {
        let line = options.profile(&text);
        return Ok(Ok(vec![Pick { text, overrides, line }]));
    }
    if text == INPUT {
        return Err(Error::usage(
            "`--matrix` reads the profile once for each environment, and `-` can be read once",
            "name a file",
        ));
    }
    let Some(cells) = cells(&options.overrides.matrix) else {
        let hint = "leave values out, or run it in parts";
        return Err(Error::usage("`--matrix` means more than 5000 environments", hint));
    };
    let base = match profile(context, &text, &overrides).await? {
        Ok(base) => base.profile.metadata.name,
        Err(problems) => return Ok(Err((text, problems))),
    };
    let one = |Cell { suffix, set }: Cell| {
        let name = Some(format!("{base}{suffix}"));
        let set = [overrides.set.clone(), set].concat();
        let overrides = Overrides { name, set, ..overrides.clone() };
        Pick { text: text.clone(), line: changed(&text, &overrides), overrides }
    };
    Ok(Ok(cells.into_iter().map(one).collect()))
}

/// Reads every profile; what is wrong with any of them comes at once.
pub(crate) async fn profiles(context: &Context, typed: &[String]) -> Result<Vec<Read>, Error> {
    let mut read = Vec::new();
    let mut found = Vec::new();
    for (_, profile) in each(context, typed).await? {
        match profile {
            Ok(profile) => read.push(profile),
            Err(problems) => found.push(problems),
        }
    }
    if !found.is_empty() {
        return Err(Error::Profiles(found));
    }
    distinct(read.iter().map(|read| read.loaded.profile.metadata.name.as_str()))?;
    Ok(read)
}

/// Reads the only profile of a command that takes one.
pub(crate) async fn only(context: &Context, typed: &str) -> Result<Loaded, Error> {
    let mut read = profiles(context, &[typed.to_owned()]).await?;
    if let (Some(read), true) = (read.pop(), read.is_empty()) {
        return Ok(read.loaded);
    }
    Err(Error::usage("this command takes one profile", "name one file, and no `--matrix`"))
}

/// Reads every target; a text that is no file and no built-in profile names an environment.
pub(crate) async fn targets(context: &Context, typed: &[String]) -> Result<Vec<Target>, Error> {
    let options = &context.options.overrides;
    once(typed)?;
    if let Some(name) = typed.iter().find(|text| !is_profile(text))
        && (options.to_overrides() != Overrides::default() || !options.matrix.is_empty())
    {
        let shown = words::clean(name);
        return Err(Error::usage(
            format!(
                "`--name`, `--location`, `--set`, `--matrix` and `--ttl` change a profile, and `{shown}` names an environment"
            ),
            "leave them out, or name the profile instead",
        ));
    }
    let mut targets = Vec::new();
    let mut found = Vec::new();
    for text in typed {
        if !is_profile(text) {
            let (group, name) = environment(text)?;
            targets.push(Target::Name { text: text.clone(), name, group });
            continue;
        }
        for (text, read) in each(context, std::slice::from_ref(text)).await? {
            match read {
                Ok(read) => targets.push(Target::Profile { text, read: Box::new(read) }),
                Err(problems) => found.push(problems),
            }
        }
    }
    if !found.is_empty() {
        return Err(Error::Profiles(found));
    }
    let keys: Vec<String> = targets.iter().map(Target::key).collect();
    distinct(keys.iter().map(String::as_str))?;
    Ok(targets)
}

/// Demands that one thing was named, for a command that works on one.
pub(crate) fn single(targets: Vec<Target>) -> Result<Vec<Target>, Error> {
    if targets.len() < 2 {
        return Ok(targets);
    }
    let hint = "name one file or environment, and no `--matrix`";
    Err(Error::usage("this command works on one environment", hint))
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
    Ok(read.and_then(|(origin, bytes)| {
        profile::load(&bytes, &origin, overrides).and_then(|loaded| once_each(&origin, loaded))
    }))
}

/// Refuses whole resources that the profile makes or names elsewhere as well.
fn once_each(origin: &str, loaded: Loaded) -> Result<Loaded, Problems> {
    let wrong = said_twice(&loaded.profile).into_iter().map(|at| {
        let name = words::clean(&loaded.profile.resources[at].name);
        let what = format!("a section of the profile says `{name}` too");
        let mut problem = Problem::error(what).hint(
            "take it out of `resources`: what the section has no field for, its `properties` take",
        );
        problem.path = format!("resources[{at}].name");
        problem
    });
    let wrong: Vec<Problem> = wrong.collect();
    if wrong.is_empty() {
        return Ok(loaded);
    }
    let source = Text { name: origin.to_owned(), text: String::new() };
    Err(Problems { sources: vec![source], list: wrong, unlisted: 0 })
}

/// Refuses to read standard input twice: the second time there is nothing left.
fn once(typed: &[String]) -> Result<(), Error> {
    if typed.iter().filter(|text| *text == INPUT).count() < 2 {
        return Ok(());
    }
    Err(Error::usage("`-`, standard input, is named twice", "name it once; files come beside it"))
}

/// Refuses names that are given to two profiles: all of them at once.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen: BTreeMap<String, (&str, usize)> = BTreeMap::new();
    for name in names {
        seen.entry(name.to_ascii_lowercase()).or_insert((name, 0)).1 += 1;
    }
    let short = |name: &str| format!("`{}`", name.rsplit('/').next().unwrap_or(name));
    let twice = seen.values().filter(|(_, count)| *count > 1);
    let twice: Vec<String> = twice.map(|(name, _)| short(name)).collect();
    let said = match twice.as_slice() {
        [] => return Ok(()),
        [one] => format!("the environment {one} is named twice"),
        many => format!("the environments {} are named twice each", words::list(many)),
    };
    let hint = "give each profile a `metadata.name` of its own, and no `--name` with several";
    Err(Error::usage(said, hint))
}
