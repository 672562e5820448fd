//! From what is typed to profiles: a file, a built-in name, or the name of an environment.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use futures_util::future::try_join;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::typed::{environment, is_profile, looks_like_file, named};
use crate::observe::stands;
use crate::profile::{self, Loaded, Overrides, Problem, Problems, SIZE_LIMIT, builtin, too_large};

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

/// Reads every profile; what is wrong with any of them comes at once.
pub(crate) fn profiles(context: &Context, typed: &[String]) -> Result<Vec<Loaded>, Error> {
    let overrides = context.options.overrides.to_overrides();
    let mut loaded = Vec::new();
    let mut found = Vec::new();
    for text in typed {
        match profile(text, &overrides) {
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
pub(crate) fn targets(context: &Context, typed: &[String]) -> Result<Vec<Target>, Error> {
    let overrides = context.options.overrides.to_overrides();
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
        match profile(text, &overrides) {
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

/// Reads one profile: a file, or a built-in one.
pub(crate) fn profile(text: &str, overrides: &Overrides) -> Result<Loaded, Problems> {
    let (origin, bytes) = read(text)?;
    profile::load(&bytes, &origin, overrides)
}

fn read(text: &str) -> Result<(String, Vec<u8>), Problems> {
    if !looks_like_file(text)
        && let Some(builtin) = builtin::find(text)
    {
        return Ok((builtin.name.to_owned(), builtin.text.as_bytes().to_vec()));
    }
    let path = Path::new(text);
    if !looks_like_file(text) && !path.exists() {
        return Err(Problems::one(text, unknown(text)));
    }
    let bytes = read_file(path).map_err(|problem| Problems::one(text, *problem))?;
    Ok((text.to_owned(), bytes))
}

/// Reads a file that may be anything: a directory, a device without an end, ten megabytes.
fn read_file(path: &Path) -> Result<Vec<u8>, Box<Problem>> {
    let wrong = |error: &std::io::Error| {
        let problem = Problem::error(format!("{} cannot be read: {error}", named(path)));
        Box::new(
            problem
                .hint("PROFILE is a YAML file or a built-in name; `akstool profiles` lists those"),
        )
    };
    let file = File::open(path).map_err(|error| wrong(&error))?;
    let facts = file.metadata().map_err(|error| wrong(&error))?;
    if facts.is_dir() {
        let problem = Problem::error(format!("{} is a directory, not a file", named(path)));
        return Err(Box::new(problem.hint("name the YAML file in it")));
    }
    if facts.is_file() && facts.len() > SIZE_LIMIT as u64 {
        return Err(Box::new(too_large(facts.len())));
    }
    let mut bytes = Vec::new();
    let read = file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| wrong(&error))?;
    Ok(bytes)
}

fn unknown(text: &str) -> Problem {
    let hint = match builtin::nearest(text) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`akstool profiles` lists the built-in ones".to_owned(),
    };
    let what = format!("{} is neither a file nor a built-in profile", named(Path::new(text)));
    Problem::error(what).hint(hint)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_profile_gets_the_nearest_name() {
        let problems = profile("kubnet", &Overrides::default()).unwrap_err();
        assert_eq!(problems.list[0].hint.as_deref(), Some("did you mean `kubenet`?"));
        let what = "`kubnet` is neither a file nor a built-in profile";
        assert_eq!(problems.list[0].what, what);
    }

    #[test]
    fn a_directory_and_a_missing_file_are_told_apart() {
        let folder = profile("/", &Overrides::default()).unwrap_err();
        assert_eq!(folder.list[0].what, "`/` is a directory, not a file");
        let missing = profile("./nowhere.yaml", &Overrides::default()).unwrap_err();
        let what = &missing.list[0].what;
        assert!(what.starts_with("`./nowhere.yaml` cannot be read: "), "{what}");
    }
}
