//! What follows an `up`, where it is asked for: credentials handed over, and the wait until the
//! cluster is of use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::fetch::{Wanted, fetch};
use super::files::Files;
use super::hand_over::hand_over;
use super::ready::ready;
use crate::advice::Advice;
use crate::arm::ResourceId;
use crate::event::Failure;
use crate::kind::{Cluster, Kind as _};
use crate::profile::Profile;
use crate::profile::schema::Plugin;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::error::Error;
use crate::run::way_in;
use crate::ui::words::clean;

/// What is to follow.
#[derive(Clone, Debug, Default)]
pub(crate) struct After {
    /// Where credentials go, if anywhere.
    pub(crate) files: Option<Files>,
    /// Whether it is waited until the cluster is of use.
    pub(crate) waits: bool,
    /// Where credentials went, once they did.
    handed: Arc<OnceLock<PathBuf>>,
}

/// Returns where the cluster of a profile stands.
pub(crate) fn cluster_of(profile: &Profile, subscription: &str) -> ResourceId {
    let group = profile.metadata.resource_group_or_default();
    ResourceId::resource_group(subscription, group).resource(Cluster::TYPE, profile.cluster_name())
}

impl After {
    /// Returns what is to follow.
    pub(crate) fn new(files: Option<Files>, waits: bool) -> Self {
        Self { files, waits, ..Self::default() }
    }

    /// Returns the file that credentials went into, once they did.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.handed.get().map(PathBuf::as_path)
    }

    /// Does it; says what is worth saying.
    pub(crate) async fn run(
        &self,
        context: &Context,
        azure: &Azure,
        profile: &Profile,
        say: &dyn Fn(&str),
    ) -> Result<(), Box<Failure>> {
        if self.files.is_none() && !self.waits {
            return Ok(());
        }
        let cluster = cluster_of(profile, &azure.subscription);
        let wrong = |code: &str, error: &Error| {
            let hint = error.hints().into_iter().next();
            Box::new(match error {
                Error::Arm(error) => Failure { hint, ..Failure::of(&cluster, error) },
                other => failure(&cluster, code, other.to_string(), hint),
            })
        };
        let name = &profile.metadata.name;
        let fetched = fetch(azure, &cluster, name, &Wanted::default()).await;
        let access = fetched.map_err(|error| wrong("NoCredentials", &error))?;
        access.secrets().iter().for_each(|secret| context.screen.secrets().add(secret));
        if let Some(files) = &self.files {
            let handed = hand_over(files, &access, false).await;
            let handed = handed.map_err(|error| wrong("KubeconfigNotUsable", &error))?;
            let file = clean(&handed.file.to_string_lossy());
            drop(self.handed.set(std::path::absolute(&handed.file).unwrap_or(handed.file)));
            say(&format!("the context `{}` is current in {file}", clean(access.context())));
        }
        if self.waits {
            if profile.cluster.is_private() {
                say(&way_in::sentence(Some(profile), &cluster, azure.embedded.is_some()));
            }
            let networked = profile.network.plugin != Plugin::None;
            let found = ready(context, azure, &access, networked, say).await;
            let found = found.map_err(|why| {
                let hint = "`--timeout` bounds the wait, and running the same command again goes on \
                            waiting";
                Box::new(failure(&cluster, "ClusterNotReady", why, Some(hint.into())))
            })?;
            say(&found);
        }
        Ok(())
    }
}

fn failure(id: &ResourceId, code: &str, message: String, hint: Option<Advice>) -> Failure {
    Failure { id: id.clone(), code: code.to_owned(), message, request_id: None, hint }
}
