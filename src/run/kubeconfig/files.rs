//! Kubeconfigs as files: found, read, locked and written the way kubectl does, so that both can be
//! at work at once.
//!
//! A file is replaced as a whole or not at all, is readable by its owner alone afterwards, and stays
//! where it is if it is a link. Whatever cannot be read or must not be written stays as it is.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::advice::Advice;
use crate::kubeconfig::{self, File, Text};
use crate::run::context::variable;
use crate::run::error::Error;
use crate::shell::word;
use crate::ui::words;

/// How long another program may keep a file locked; chosen: kubectl holds it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked whether it still does.
const LOOK: Duration = Duration::from_millis(100);

/// The most links that are followed; that of Linux.
const MOST_LINKS: usize = 40;

/// The largest file that is read.
const LARGEST: u64 = 16 << 20;

/// The kubeconfigs that kubectl reads, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    places: Vec<PathBuf>,
    named: bool,
}

/// A lock as kubectl takes it; it ends with the value.
struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

impl Files {
    /// Returns the file that is named, else those of `KUBECONFIG`, else the one in the home.
    pub(crate) fn of(named: Option<&Path>) -> Result<Self, Error> {
        if let Some(path) = named {
            return Ok(Self { places: vec![path.to_owned()], named: true });
        }
        let listed = variable("KUBECONFIG").unwrap_or_default();
        let mut places: Vec<PathBuf> = Vec::new();
        for path in std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()) {
            if !places.contains(&path) {
                places.push(path);
            }
        }
        if places.is_empty() {
            let home = etcetera::home_dir().map_err(|_| {
                Error::usage("there is no home directory", "name a file: `--file FILE`")
            })?;
            places.push(home.join(".kube").join("config"));
        }
        Ok(Self { places, named: false })
    }

    /// Returns what makes kubectl read a file that was named, a space in front.
    pub(crate) fn option(&self) -> String {
        match self.places.first().filter(|_| self.named) {
            Some(path) => format!(" --kubeconfig {}", word(&path.to_string_lossy())),
            None => String::new(),
        }
    }

    /// Returns a file by its place in the list.
    pub(crate) fn path(&self, at: usize) -> &Path {
        &self.places[at]
    }

    /// Makes sure that the files can be read, and that what may be changed can be written.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.read()?;
        self.places.iter().try_for_each(|path| writable(&target(path)?, path))
    }

    /// Reads all of them.
    pub(crate) fn read(&self) -> Result<Vec<File>, Error> {
        self.places.iter().map(|path| read(path)).collect()
    }

    /// Changes files: what `work` makes of all is written, while nobody else writes.
    pub(crate) async fn change<T>(
        &self,
        work: impl Fn(&Self, &[File]) -> Result<(T, Vec<(usize, Text)>), Error>,
    ) -> Result<T, Error> {
        loop {
            let (found, changed) = work(self, &self.read()?)?;
            if changed.is_empty() {
                return Ok(found);
            }
            let places: Vec<usize> = changed.iter().map(|(at, _)| *at).collect();
            let mut locks = Vec::new();
            for at in &places {
                locks.push(lock(&self.places[*at]).await?);
            }
            // Until now another program may have written.
            let (found, changed) = work(self, &self.read()?)?;
            if changed.iter().any(|(at, _)| !places.contains(at)) {
                continue;
            }
            for (at, text) in &changed {
                write(&self.places[*at], &text.to_string())?;
            }
            return Ok(found);
        }
    }

    /// Returns what is wrong with a file's contents.
    pub(crate) fn wrong(&self, at: usize, error: &kubeconfig::Error) -> Error {
        damaged(&self.places[at], error)
    }
}

fn damaged(path: &Path, error: &kubeconfig::Error) -> Error {
    let hint = "it was left as it is; mend it, or name another with `--file FILE`, or `--print`";
    unusable(path, format!("{error}"), hint)
}

fn unusable(path: &Path, reason: String, hint: impl Into<Advice>) -> Error {
    Error::File { path: path.to_owned(), reason, hint: hint.into() }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    let hint = "`--file FILE` names another kubeconfig, `--print` prints it";
    unusable(path, error.to_string(), hint)
}

fn read(path: &Path) -> Result<File, Error> {
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let hint = "`--file FILE` names another kubeconfig";
    if !facts.is_file() {
        return Err(unusable(path, "it is no regular file".to_owned(), hint));
    }
    if facts.len() > LARGEST {
        return Err(damaged(path, &kubeconfig::Error::Large));
    }
    let bytes = fs::read(path).map_err(|error| failed(path, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| unusable(path, "it is no text in UTF-8".to_owned(), hint))?;
    Text::read(&text).map(Some).map_err(|error| damaged(path, &error))
}

/// Follows links to the file itself, which may not be there yet.
fn target(path: &Path) -> Result<PathBuf, Error> {
    let mut here = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&here) {
            Ok(next) => here = here.parent().map_or(next.clone(), |folder| folder.join(&next)),
            Err(_) => return Ok(here),
        }
    }
    let hint = "`--file FILE` names another kubeconfig";
    Err(unusable(path, "its links lead in a circle".to_owned(), hint))
}

/// Refuses a file that its owner has made read-only: it could be replaced, and shall not be.
fn writable(target: &Path, path: &Path) -> Result<(), Error> {
    let read_only = fs::metadata(target).is_ok_and(|facts| facts.permissions().readonly());
    if !read_only {
        return Ok(());
    }
    let hint = "`chmod u+w` allows it; `--file FILE` names another kubeconfig, `--print` prints it";
    Err(unusable(path, "it is read-only".to_owned(), hint))
}

/// Takes the lock that kubectl takes: a file beside it (`k8s.io/client-go/tools/clientcmd`,
/// `lockFile`).
async fn lock(path: &Path) -> Result<Lock, Error> {
    folder_of(path)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let mut waited = Duration::ZERO;
    loop {
        match fs::OpenOptions::new().write(true).create_new(true).open(&name) {
            Ok(_) => return Ok(Lock(name)),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(failed(path, &error));
            }
            Err(_) if waited < PATIENCE => {
                waited += LOOK;
                tokio::time::sleep(LOOK).await;
            }
            Err(_) => {
                let shown = words::clean(&name.to_string_lossy());
                let hint = format!("if no other program is at work, delete `{shown}`");
                let reason = "another program keeps it locked".to_owned();
                return Err(unusable(path, reason, hint));
            }
        }
    }
}

/// Makes the folder of a file, for its owner alone.
fn folder_of(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(|error| failed(path, &error))
}

/// Writes a file in one go; who reads it sees all of the old or all of the new.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let target = target(path)?;
    writable(&target, path)?;
    folder_of(&target)?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let wrong = |error: std::io::Error| failed(path, &error);
    // Made for its owner alone, on every system.
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)?;
    file.as_file().sync_all().map_err(wrong)?;
    #[cfg(unix)]
    if let Ok(facts) = fs::metadata(&target) {
        use std::os::unix::fs::MetadataExt as _;
        // With another's rights: it stays his. Who may not give it away keeps it.
        drop(std::os::unix::fs::chown(file.path(), Some(facts.uid()), Some(facts.gid())));
    }
    file.persist(&target).map_err(|error| wrong(error.error))?;
    Ok(())
}
