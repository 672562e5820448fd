//! Credentials into the user's kubeconfigs, and out of them again.

use std::path::PathBuf;

use super::files::Files;
use crate::advice;
use crate::arm::ResourceId;
use crate::kind::{Cluster, Kind as _};
use crate::kubeconfig::{Access, Conflict, Refusal, Section, marks, merge, unmerge};
use crate::run::connect::Azure;
use crate::run::error::Error;
use crate::ui::words;

/// Where credentials went.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    /// The file in which their context is the current one.
    pub(crate) file: PathBuf,
    /// Whether anything was written.
    pub(crate) changed: bool,
}

/// Lays the way to a cluster into the files, and makes it the current one.
pub(crate) async fn hand_over(
    files: &Files,
    access: &Access,
    overwrite: bool,
) -> Result<Handed, Error> {
    let work = |files: &Files, texts: &[_]| {
        let merged = merge(texts, access, overwrite).map_err(|why| refused(files, why, access))?;
        let file = files.path(merged.home).to_owned();
        Ok((Handed { file, changed: !merged.changed.is_empty() }, merged.changed))
    };
    files.change(work).await
}

/// Takes out what akstool put in for the clusters of an environment that are gone; returns the files
/// that changed.
pub(crate) async fn take_back(azure: &Azure, environment: &str) -> Result<Vec<PathBuf>, Error> {
    let files = Files::of(None)?;
    let mut gone: Vec<String> = Vec::new();
    for mark in marks(&files.read()?) {
        let ours = ResourceId::parse(&mark.cluster).ok().filter(|id| {
            id.subscription_id().eq_ignore_ascii_case(&azure.subscription)
                && id.is_type(Cluster::TYPE)
                && mark.environment.eq_ignore_ascii_case(environment)
        });
        let Some(cluster) = ours.filter(|_| !gone.contains(&mark.cluster)) else { continue };
        if azure.arm.get(&cluster, &Cluster::API).await?.is_none() {
            gone.push(mark.cluster);
        }
    }
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let work = |files: &Files, texts: &[_]| {
        let left = unmerge(texts, |mark| gone.contains(&mark.cluster));
        let left = left.map_err(|why| match why {
            Refusal::File(at, error) => files.wrong(at, &error),
            Refusal::Taken(_) => Error::usage("nothing is taken out", ""),
        })?;
        let paths = left.iter().map(|(at, _)| files.path(*at).to_owned()).collect();
        Ok((paths, left))
    };
    files.change(work).await
}

fn refused(files: &Files, why: Refusal, access: &Access) -> Error {
    let taken = match why {
        Refusal::File(at, error) => return files.wrong(at, &error),
        Refusal::Taken(taken) => taken,
    };
    let one = |conflict: &Conflict| {
        let word = match conflict.section {
            Section::Clusters => "cluster",
            Section::Contexts => "context",
            Section::Users => "user",
        };
        format!("{word} `{}`", words::clean(&conflict.name))
    };
    let names = words::list(&taken.iter().map(one).collect::<Vec<_>>());
    let (server, file) = taken.first().map_or((String::new(), PathBuf::new()), |first| {
        (words::clean(&first.server), files.path(first.file).to_owned())
    });
    Error::Taken {
        what: format!(
            "`{}` has {names} for another server, {server}; it was left as it is",
            words::clean(&file.to_string_lossy())
        ),
        hint: advice!(
            "`--overwrite` puts {} in their place; `--context` calls the new ones otherwise",
            words::clean(access.server())
        ),
    }
}
