//! Credentials as Azure gives them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::arm::request::{Conditions, Method, Request, Target};
use crate::arm::{self, ResourceId};
use crate::kind::{Cluster, Kind as _};
use crate::kubeconfig::Access;
use crate::run::connect::Azure;
use crate::run::error::Error;

/// Which credentials.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Those of the cluster's own administrator.
    pub(crate) admin: bool,
    /// Only such as have kubelogin ask Entra ID.
    pub(crate) exec: bool,
    /// By the name that stands in public DNS, of a private cluster.
    pub(crate) public: bool,
    /// What to call context and cluster.
    pub(crate) context: Option<String>,
}

/// Fetches the way to a cluster of an environment; what is secret in it is the caller's to hide.
pub(crate) async fn fetch(
    azure: &Azure,
    cluster: &ResourceId,
    environment: &str,
    wanted: &Wanted,
) -> Result<Access, Error> {
    let role = if wanted.admin { "Admin" } else { "User" };
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Without a format older versions answer for a plugin that kubectl no longer has
    // (learn.microsoft.com/rest/api/aks/managed-clusters/list-cluster-user-credentials).
    let format = (!wanted.admin).then(|| parameter("format", "exec"));
    let public = wanted.public.then(|| parameter("server-fqdn", "public"));
    let request = Request {
        method: Method::Post,
        url: Target::ById {
            id: cluster.clone(),
            suffix: format!("/listCluster{role}Credential"),
            api: Cluster::API,
            query: format.into_iter().chain(public).collect(),
        },
        body: None,
        conditions: Conditions::None,
    };
    let name = request.to_string();
    let answer = azure.arm.send(request).await?;
    let odd = |what: &str| arm::Error::Odd {
        status: answer.status,
        request: name.clone(),
        what: what.to_owned(),
    };
    let value = answer.body.pointer("/kubeconfigs/0/value").and_then(serde_json::Value::as_str);
    let value = value.ok_or_else(|| odd("an answer without a kubeconfig"))?;
    let bytes = STANDARD.decode(value).map_err(|_| odd("a kubeconfig that is no base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| odd("a kubeconfig that is no text"))?;
    let access = Access::read(&text)
        .map_err(|error| odd(&format!("a kubeconfig that cannot be read: {error}")))?;
    if wanted.exec && !access.runs_program() {
        return Err(Error::Usage {
            what: format!("`{}` has no login by Entra ID, which `--exec` asks for", cluster.name()),
            hint: "leave `--exec` out: its credentials are a certificate and a token".into(),
        });
    }
    let access = if wanted.admin { access.as_admin() } else { access };
    let access = match &wanted.context {
        Some(context) => access.renamed(context),
        None => access,
    };
    Ok(access.marked(cluster.as_str(), environment))
}
