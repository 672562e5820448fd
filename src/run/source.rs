//! Where a profile comes from: standard input, a file of any kind, or the program itself.
//!
//! A pipe or a terminal may have nothing to say for as long as it likes: it is read aside, so that
//! Ctrl-C ends the wait.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::Error;
use super::typed::{INPUT, looks_like_file, named};
use crate::profile::builtin::{self, Builtin};
use crate::profile::{Problem, Problems, SIZE_LIMIT, too_large};

/// What one typed word names.
pub(super) enum Source {
    /// A profile that comes with the program.
    Builtin(&'static Builtin),
    /// Standard input.
    Input,
    /// A file.
    File(PathBuf),
}

/// A profile's name for people, and its bytes.
type Text = (String, Vec<u8>);

impl Source {
    /// Tells what a typed word names.
    pub(super) fn of(text: &str) -> Result<Self, Problems> {
        if text == INPUT {
            return Ok(Self::Input);
        }
        let path = Path::new(text);
        match builtin::find(text) {
            Some(builtin) if !looks_like_file(text) => Ok(Self::Builtin(builtin)),
            _ if looks_like_file(text) || path.exists() => Ok(Self::File(path.to_owned())),
            _ => Err(Problems::one(text, unknown(text))),
        }
    }

    /// Reads it; the outer error is that nobody waits for it any more.
    pub(super) async fn read(self, context: &Context) -> Result<Result<Text, Problems>, Error> {
        match self {
            Self::Builtin(builtin) => {
                Ok(Ok((builtin.name.to_owned(), builtin.text.as_bytes().to_vec())))
            }
            Self::Input => {
                let origin = "standard input".to_owned();
                let work = || limited(io::stdin().lock());
                let read = aside(context, work).await?;
                Ok(read.map(|bytes| (origin.clone(), bytes)).map_err(|error| {
                    let problem = Problem::error(format!("standard input cannot be read: {error}"));
                    Problems::one(origin, problem.hint("`-` reads a profile from a pipe"))
                }))
            }
            Self::File(path) => {
                let origin = path.to_string_lossy().into_owned();
                // A directory and a file answer at once, whatever else may not.
                let is_quick = path.metadata().map_or(true, |meta| meta.is_file() || meta.is_dir());
                let read = if is_quick {
                    read_file(&path)
                } else {
                    aside(context, move || read_file(&path)).await?
                };
                Ok(match read {
                    Ok(bytes) => Ok((origin, bytes)),
                    Err(problem) => Err(Problems::one(origin, *problem)),
                })
            }
        }
    }
}

/// Does work that may never end, for as long as somebody waits for it.
async fn aside<T: Send + 'static>(
    context: &Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = context.bounded(tokio::task::spawn_blocking(work)).await?;
    done.map_err(|error| Error::Output(io::Error::other(error)))
}

/// Reads no more than a profile may have, and one byte by which too much is told.
fn limited(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file that may be anything: a directory, a device without an end, ten megabytes.
fn read_file(path: &Path) -> Result<Vec<u8>, Box<Problem>> {
    let wrong = |error: &io::Error| {
        let problem = Problem::error(format!("{} cannot be read: {error}", named(path)));
        Box::new(
            problem
                .hint("PROFILE is a YAML file or a built-in name; `akstool profiles` lists those"),
        )
    };
    let file = File::open(path).map_err(|error| wrong(&error))?;
    let meta = file.metadata().map_err(|error| wrong(&error))?;
    if meta.is_dir() {
        let problem = Problem::error(format!("{} is a directory, not a file", named(path)));
        return Err(Box::new(
            problem
                .hint("name the YAML file in it; a profile begins with `apiVersion: akstool/v1`"),
        ));
    }
    if meta.is_file() && meta.len() > SIZE_LIMIT as u64 {
        return Err(Box::new(too_large(meta.len())));
    }
    limited(file).map_err(|error| wrong(&error))
}

/// What lies in a folder.
pub(super) struct Folder {
    /// Profiles, by name.
    pub(super) profiles: Vec<PathBuf>,
    /// YAML files that do not say that they are profiles.
    pub(super) others: Vec<PathBuf>,
}

/// Looks which YAML files of a folder are profiles: they say so in a line of their own.
pub(super) fn folder(path: &Path) -> Result<Folder, Error> {
    let wrong = |error: &io::Error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
        hint: "name the files in it".into(),
    };
    let mut found = Folder { profiles: Vec::new(), others: Vec::new() };
    for entry in path.read_dir().map_err(|error| wrong(&error))? {
        let path = entry.map_err(|error| wrong(&error))?.path();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let is_yaml = ["yaml", "yml"].iter().any(|known| known.eq_ignore_ascii_case(end));
        if is_yaml && path.is_file() {
            // One that cannot be read is told where it is read.
            let is_ours = read_file(&path).map_or(true, |bytes| says_so(&bytes));
            let list = if is_ours { &mut found.profiles } else { &mut found.others };
            list.push(path);
        }
    }
    found.profiles.sort();
    found.others.sort();
    Ok(found)
}

/// Tells whether a text says that it is a profile.
fn says_so(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| {
        let value = line.strip_prefix("apiVersion:").map(str::trim_start).unwrap_or_default();
        value.trim_start_matches(['"', '\'']).starts_with("akstool/")
    })
}

fn unknown(text: &str) -> Problem {
    let hint = match builtin::nearest(text) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`akstool profiles` lists the built-in ones".to_owned(),
    };
    let what = format!("{} is neither a file nor a built-in profile", named(Path::new(text)));
    Problem::error(what).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Problem {
        match Source::of(text) {
            Err(problems) => problems.list[0].clone(),
            Ok(Source::File(path)) => *read_file(&path).unwrap_err(),
            Ok(_) => panic!("`{text}` can be read"),
        }
    }

    #[test]
    fn a_misspelt_profile_gets_the_nearest_name() {
        let problem = problem("kubnet");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `kubenet`?"));
        assert_eq!(problem.what, "`kubnet` is neither a file nor a built-in profile");
    }

    #[test]
    fn a_directory_and_a_missing_file_are_told_apart() {
        assert_eq!(problem("/").what, "`/` is a directory, not a file");
        let what = problem("./nowhere.yaml").what;
        assert!(what.starts_with("`./nowhere.yaml` cannot be read: "), "{what}");
    }
}
