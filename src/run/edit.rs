//! What a migration makes, written into the profile that asked for something else.
//!
//! Everything that can fail is tried before Azure is touched; the file is replaced in one go.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::Error;
use crate::advice;
use crate::advice::Advice;
use crate::explain::{lacking, written};
use crate::plan::Target;
use crate::profile::{self, Overrides, Problems};

/// A profile's new text.
pub(crate) struct Edit {
    path: PathBuf,
    text: String,
    lines: Vec<(&'static str, &'static str)>,
}

impl Edit {
    /// Makes the new text of a profile, which must be one of the environments' own.
    pub(crate) fn prepare(path: &Path, environments: &[&str], to: Target) -> Result<Self, Error> {
        let wrong =
            |reason: String, hint: Advice| Error::File { path: path.to_owned(), reason, hint };
        let text = std::fs::read_to_string(path).map_err(|error| {
            wrong(error.to_string(), "`--edit` takes a file; `akstool profiles NAME > mine.yaml` makes one of a built-in profile".into())
        })?;
        let origin = path.to_string_lossy();
        let load = |text: &str| profile::load(text.as_bytes(), &origin, &Overrides::default());
        let own = |problems: Problems| Error::Profiles(vec![problems]);
        let found = load(&text).map_err(own)?.profile;
        let name = &found.metadata.name;
        if !environments.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            let reason = format!("it is the profile of the environment `{name}`");
            return Err(wrong(
                reason,
                "name the profile of the environment that is migrated".into(),
            ));
        }
        let lines = lacking(Some(&found), to);
        let edited = profile::edit(&text, "network", &lines).filter(|text| load(text).is_ok());
        let text = edited.ok_or_else(|| {
            let by_hand = advice!("write {} under `network` by hand", written(&lines));
            wrong(
                "its `network` is written in a way that cannot be changed safely".to_owned(),
                by_hand,
            )
        })?;
        Ok(Self { path: path.to_owned(), text, lines })
    }

    /// Returns what is going to be written, as a plan says it.
    pub(crate) fn foretold(&self) -> String {
        let path = self.path.display();
        if self.lines.is_empty() {
            return format!("`{path}` says so already");
        }
        format!("{} is written into `{path}` once it is done", written(&self.lines))
    }

    /// Writes it.
    pub(crate) fn write(&self, context: &Context) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let failed = |error: &std::io::Error| Error::File {
            path: self.path.clone(),
            reason: error.to_string(),
            hint: advice!(
                "the migration is done; write {} under `network` by hand",
                written(&self.lines)
            ),
        };
        // A link stays a link: what it leads to is replaced.
        let path = self.path.canonicalize().map_err(|error| failed(&error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let replace = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(self.text.as_bytes())?;
            std::fs::set_permissions(file.path(), path.metadata()?.permissions())?;
            file.persist(&path).map_err(|error| error.error).map(drop)
        };
        replace().map_err(|error| failed(&error))?;
        let text = format!("Wrote {} into {}\n", written(&self.lines), self.path.display());
        context.screen.talk(&text);
        Ok(())
    }
}
