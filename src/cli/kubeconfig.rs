//! `akstool kubeconfig`: the credentials of a cluster, for kubectl.

use std::path::{Path, PathBuf};

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::arm::ResourceId;
use crate::kind::{Cluster, Kind as _};
use crate::kubeconfig::Access;
use crate::observe::inventory;
use crate::run::Run;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::kubeconfig::{Files, Handed, Wanted, cluster_of, fetch, hand_over};
use crate::run::load;
use crate::run::place::{Place, placed, without_cluster};
use crate::run::way_in;
use crate::ui::words::clean;

/// Fetch the credentials of a cluster and merge them into your kubeconfig
///
/// What exists is changed where kubectl finds it, what is new goes to the first file of KUBECONFIG
/// that exists; everything else in there stays as it is written. `down` takes out again what was put
/// in. Credentials of a cluster that logs in with Entra ID need kubelogin (`az aks install-cli`).
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a flag of the command line each")]
pub(crate) struct Kubeconfig {
    /// The name of an environment, or its profile
    #[arg(value_name = "NAME|PROFILE")]
    target: String,

    /// Fetch those of the cluster's own administrator, whom Entra ID does not know
    #[arg(long)]
    admin: bool,

    /// Fetch only such as have kubelogin ask Entra ID for tokens
    #[arg(long, conflicts_with = "admin")]
    exec: bool,

    /// Merge into this file, and no other [env: KUBECONFIG] [default: ~/.kube/config]
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Call the context, and the cluster in there, otherwise
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    context: Option<String>,

    /// Print them, and merge them nowhere
    #[arg(long, conflicts_with_all = ["file", "overwrite"])]
    print: bool,

    /// Replace entries of the same names that lead to another server
    #[arg(long, alias = "overwrite-existing")]
    overwrite: bool,

    /// Reach a private cluster by its name in public DNS
    #[arg(long)]
    public_fqdn: bool,
}

impl Run for Kubeconfig {
    fn typed(&self) -> &[String] {
        std::slice::from_ref(&self.target)
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let typed = std::slice::from_ref(&self.target);
        let targets = load::single(load::targets(context, typed).await?)?;
        // Nothing is fetched for a file that cannot take it.
        let prints = self.print || self.file.as_deref() == Some(Path::new("-"));
        let files = if prints { None } else { Some(Files::of(self.file.as_deref())?) };
        files.as_ref().map_or(Ok(()), Files::check)?;
        let azure = context.connect()?;
        let mut placed = context.bounded(placed(context, &azure, targets)).await??;
        let Some(place) = placed.pop() else { return Ok(Exit::Done) };
        let environment = place.environment.name.clone();
        let wanted = Wanted {
            admin: self.admin,
            exec: self.exec,
            public: self.public_fqdn,
            context: self.context.clone(),
        };
        let work = async {
            let cluster = find(&azure, &place).await?;
            let access = fetch(&azure, &cluster, &environment, &wanted).await;
            if let Err(Error::Arm(error)) = &access
                && error.status() == Some(404)
            {
                return Err(without_cluster(&azure, &place).await);
            }
            let access = access?;
            Ok::<_, Error>((cluster, access))
        };
        let (cluster, access) = Box::pin(context.bounded(work)).await??;
        let Some(files) = files else {
            context.screen.exact(&printed(context, &access)?);
            return Ok(Exit::Done);
        };
        access.secrets().iter().for_each(|secret| context.screen.secrets().add(secret));
        let handed = hand_over(&files, &access, self.overwrite).await?;
        tell(context, &azure, &cluster, &place, &access, &handed, &files);
        Ok(Exit::Done)
    }
}

/// Finds the cluster: a profile says where it stands, a name stands in tags.
async fn find(azure: &Azure, place: &Place) -> Result<ResourceId, Error> {
    if let Some(loaded) = &place.profile {
        return Ok(cluster_of(&loaded.profile, &azure.subscription));
    }
    let found = inventory(&azure.arm, &place.environment, None).await?;
    let mut owned = found.owned.into_iter().map(|owned| owned.id);
    let cluster = owned.find(|id| id.is_type(Cluster::TYPE));
    let Some(cluster) = cluster else { return Err(without_cluster(azure, place).await) };
    // Lists spell ids otherwise, and what is written down shall stay the same.
    let group = cluster.group_name().unwrap_or_default();
    let group = ResourceId::resource_group(&azure.subscription, group);
    Ok(group.resource(Cluster::TYPE, cluster.name()))
}

/// What `--print` prints: a kubeconfig of its own, for scripts as JSON, which kubectl reads as well.
fn printed(context: &Context, access: &Access) -> Result<String, Error> {
    let text = if context.screen.terminal().json { access.to_json() } else { access.to_text() };
    text.map_err(|error| {
        Error::usage(format!("cannot print it: {error}"), "name it by `--context`")
    })
}

/// What `-o json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct Merged<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.kubeconfig/v1"))]
    schema: &'static str,
    /// The environment.
    environment: &'a str,
    /// The cluster.
    id: &'a ResourceId,
    /// The address of its API server.
    server: &'a str,
    /// The file that the credentials were merged into.
    file: &'a Path,
    /// The context that is current there now.
    context: &'a str,
    /// The cluster it names.
    cluster: &'a str,
    /// The user it names.
    user: &'a str,
    /// Whether its tokens come from a program, such as kubelogin.
    exec: bool,
    /// Whether the file was changed.
    changed: bool,
}

fn tell(
    context: &Context,
    azure: &Azure,
    cluster: &ResourceId,
    place: &Place,
    access: &Access,
    handed: &Handed,
    files: &Files,
) {
    let environment = &place.environment.name;
    let profile = place.profile.as_ref().map(|loaded| &loaded.profile);
    let screen = &context.screen;
    if screen.terminal().json {
        return screen.object(&Merged {
            schema: "akstool.kubeconfig/v1",
            environment,
            id: cluster,
            server: access.server(),
            file: &handed.file,
            context: access.context(),
            cluster: access.cluster(),
            user: access.user(),
            exec: access.runs_program(),
            changed: handed.changed,
        });
    }
    let file = clean(&handed.file.to_string_lossy());
    let name = clean(access.context());
    screen.data(&if handed.changed {
        format!("The context `{name}` is merged into {file}, and current.\n")
    } else {
        format!("Nothing to do: the context `{name}` is in {file}, and current.\n")
    });
    if access.runs_program() {
        let how = "its tokens come from kubelogin: `az aks install-cli` installs it, `kubelogin \
                   convert-kubeconfig -l azurecli` takes the login of the Azure CLI";
        screen.note_line(how);
    }
    let embedded = azure.embedded.is_some();
    if way_in::is_private(access.server()) {
        screen.note_line(&way_in::sentence(profile, cluster, embedded));
    }
    if embedded {
        screen.note_line(
            "nobody listens at that address: `akstool sim serve` serves this world, and says how \
             kubectl comes in",
        );
        return;
    }
    screen.talk(&format!("next: kubectl get nodes{}\n", clean(&files.option())));
}
