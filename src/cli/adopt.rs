//! `akstool adopt`: the profile of a cluster that stands, and with `--own` the cluster itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::adopt::{adopt, around, is_cluster};
use crate::advice;
use crate::arm::id::ResourceId;
use crate::compose::{Setting, compose};
use crate::event::{Ending, Outcome};
use crate::kind::{Cluster, Kind as _, api_version};
use crate::observe::observe;
use crate::plan::{self, Allowance, Environment, Plan};
use crate::profile::schema::Profile;
use crate::profile::{Overrides, draft, load};
use crate::run::Run;
use crate::run::ask::Question;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::error::{Error, Exit};
use crate::run::planner::Planner;
use crate::shell::word;
use crate::ui::words::clean;

/// Write the profile of a cluster that stands: one that plans to nothing
///
/// What no field of the profile says stands in raw properties; networks and identities are named by
/// their ids. `up` changes an adopted cluster as the profile says, `down` leaves it alone. With `--own`
/// it also gets the tags of an environment, after asking; from then on `down` deletes it.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The id of the cluster, as `az aks show -g GROUP -n NAME --query id -o tsv` prints it
    #[arg(value_name = "CLUSTER_ID")]
    id: String,

    /// Write the profile to this file, which must not exist yet, instead of printing it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Take ownership: write the environment's tags on the cluster, so that `down` deletes it
    #[arg(long)]
    own: bool,
}

impl Run for Adopt {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let id = parsed(&self.id)?;
        let azure = context.connect()?;
        let found = context.bounded(read(&azure, &id)).await??;
        let (cluster, near) = found;
        let profile = adopt(&id, &cluster, &near).map_err(|why| {
            let name = clean(id.name());
            Error::Guarded(format!("no profile can be written of `{name}`: {why}"))
        })?;
        let text = format!("{}{}", heading(&id), draft(&profile));
        let origin = self.file.as_deref().map_or("adopted".into(), Path::to_string_lossy);
        let loaded = load(text.as_bytes(), &origin, &Overrides::default());
        let loaded = loaded.map_err(|problems| Error::Profiles(vec![problems]))?;
        let json = context.screen.terminal().json;
        match &self.file {
            Some(path) => {
                write(path, &text)?;
                let name = clean(&path.to_string_lossy());
                context.screen.talk(&format!("The profile is written to {name}.\n"));
            }
            // With `--own` standard output is the run's.
            None if !json && !self.own => context.screen.exact(&text),
            None => {}
        }
        if !self.own {
            if json {
                let file = self.file.as_ref().map(|path| path.to_string_lossy());
                let schema = "akstool.adopt/v1";
                let found = Found { schema, id: &id, profile: &profile, text: &text, file };
                context.screen.object(&found);
            }
            return Ok(Exit::Done);
        }
        let taking = Taking { id, profile: loaded.profile, flags: context.options.flags() };
        drive(context, &azure, &[taking], Question("Take ownership of this?")).await
    }
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Found<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.adopt/v1"))]
    schema: &'static str,
    /// The cluster.
    id: &'a ResourceId,
    /// Its profile, a document of `akstool schema`.
    #[schemars(with = "Map<String, Value>")]
    profile: &'a Value,
    /// The same as YAML.
    text: &'a str,
    /// The file it was written to.
    file: Option<Cow<'a, str>>,
}

fn parsed(text: &str) -> Result<ResourceId, Error> {
    let hint = "`az aks show -g GROUP -n NAME --query id -o tsv` prints it";
    let shown = clean(text);
    let id = ResourceId::parse(text)
        .map_err(|error| Error::usage(format!("`{shown}` is no resource id: {error}"), hint))?;
    if is_cluster(&id) {
        return Ok(id);
    }
    Err(Error::usage(format!("`{shown}` is not the id of a cluster"), hint))
}

/// Reads the cluster, then everything around it at once; what may not be read is left out.
async fn read(
    azure: &Azure,
    id: &ResourceId,
) -> Result<(Value, BTreeMap<ResourceId, Value>), Error> {
    let Some(answer) = azure.arm.get(id, &Cluster::API).await? else {
        return Err(Error::Absent(id.clone()));
    };
    let near = around(&answer.body).into_iter().filter_map(|near| {
        let api = api_version(&near.resource_type())?;
        Some(async move { (azure.arm.get(&near, &api).await, near) })
    });
    let read = join_all(near).await.into_iter();
    let read = read.filter_map(|(got, near)| Some((near, got.ok()??.body)));
    Ok((answer.body, read.collect()))
}

fn heading(id: &ResourceId) -> String {
    let id = clean(id.as_str());
    format!(
        "# The cluster {id} as it stands.\n# What is not said here stays as it is; `akstool plan` shows \
         what a change would do.\n"
    )
}

/// Writes a file that is not there yet: whoever has a profile has changed it.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |error: std::io::Error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
        hint: "name a file that does not exist yet".into(),
    };
    let mut file = std::fs::File::create_new(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}

/// A cluster that becomes the environment's own.
struct Taking {
    id: ResourceId,
    profile: Profile,
    flags: String,
}

impl Planner for Taking {
    fn environment(&self) -> &str {
        &self.profile.metadata.name
    }

    fn location(&self) -> Option<&str> {
        Some(&self.profile.metadata.location)
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let subscription = self.id.subscription_id().to_owned();
        let metadata = &self.profile.metadata;
        let group = metadata.resource_group_or_default();
        let environment = Environment::new(&subscription, group, &metadata.name);
        let setting = Setting { subscription, owns: true, ..Setting::default() };
        let graph = compose(&self.profile, &setting);
        let observed = observe(&azure.arm, &environment, &graph, false).await?;
        let mut plan = plan::plan(&environment, &graph, &observed, &Allowance::default());
        if !plan.is_empty() {
            plan.attention.push(advice!(
                "`{}` becomes the environment's own: from then on `akstool down {}` deletes it",
                &metadata.name,
                &metadata.name
            ));
        }
        Ok(plan)
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        match outcome.result {
            Ending::Succeeded => {
                vec![format!("akstool status {}{}", word(self.environment()), self.flags)]
            }
            _ => Vec::new(),
        }
    }
}
