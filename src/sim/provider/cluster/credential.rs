//! The credentials of a cluster: a kubeconfig for its users or its administrators.
//!
//! While the embedded Azure is served, the kubeconfig leads to the API server that answers for the
//! cluster, with a token that opens it. Otherwise it leads where Azure's would, and nobody listens.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::super::asked::Asked;
use super::super::super::error::Refusal;
use super::super::super::kube::doors;
use super::super::super::world::World;
use super::super::super::{TENANT, body};
use super::super::Answer;
use super::keys;

/// The client that kubelogin logs people in with
/// (github.com/Azure/kubelogin, `docs/book/src/concepts/aks.md`).
const CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

/// Answers `listCluster…Credential`.
pub(crate) fn list(
    world: &World,
    asked: &Asked,
    id: &ResourceId,
    admin: bool,
) -> Result<Answer, Refusal> {
    let stored = world.body(id.as_str()).unwrap_or_default();
    if admin && body::flag(&stored, "/properties/disableLocalAccounts") {
        return Err(Refusal::aks(
            400,
            "BadRequest",
            "Getting static credential is not allowed because this cluster is set to disable local \
             accounts.",
        ));
    }
    let name = if admin { "clusterAdmin" } else { "clusterUser" };
    let config = kubeconfig(world, asked, id, &stored, admin);
    let shown = json!({ "kubeconfigs": [{ "name": name, "value": encode(&config) }] });
    Ok(Answer::ok(shown).taking(500).reading())
}

fn kubeconfig(
    world: &World,
    asked: &Asked,
    id: &ResourceId,
    stored: &Value,
    admin: bool,
) -> String {
    let private = asked.parameter("server-fqdn").is_none_or(|kind| kind != "public");
    let host = body::text(stored, "/properties/privateFQDN")
        .filter(|_| private)
        .or_else(|| body::text(stored, "/properties/fqdn"))
        .unwrap_or_default();
    let (cluster, group) = (id.name(), id.group_name().unwrap_or_default());
    // The context is called like the cluster, the administrator's too: clients add `-admin`
    // (github.com/Azure/azure-cli/issues/19779).
    let role = if admin { "clusterAdmin" } else { "clusterUser" };
    let user = format!("{role}_{group}_{cluster}");
    let open = world.conduct.doors.as_ref();
    let server = match open {
        Some(_) => format!("{}{}/{host}", asked.endpoint, doors::PATH),
        None => format!("https://{host}:443"),
    };
    let authority = open.map_or_else(|| keys::of_all().authority, |doors| doors.authority.clone());
    let entra = !admin && stored.pointer("/properties/aadProfile").is_some();
    let proof = match (entra, asked.parameter("format")) {
        (false, _) => fixed(open.map(|doors| doors.token(stored))),
        (true, Some("azure")) => provider(),
        (true, _) => exec(),
    };
    let authority = encode(&authority);
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {authority}\n    \
         server: {server}\n  name: {cluster}\ncontexts:\n- context:\n    cluster: {cluster}\n    \
         user: {user}\n  name: {cluster}\ncurrent-context: {cluster}\nkind: Config\npreferences: \
         {{}}\nusers:\n- name: {user}\n  user:\n{proof}"
    )
}

/// What an account of the cluster's own shows: a certificate and a token.
fn fixed(token: Option<String>) -> String {
    let keys = keys::of_all();
    let (certificate, key) = (encode(&keys.certificate), encode(&keys.key));
    let token = token.unwrap_or_else(|| "simulated-token".to_owned());
    format!(
        "    client-certificate-data: {certificate}\n    client-key-data: {key}\n    token: {token}\n"
    )
}

/// What has kubelogin fetch a token of Entra ID's for each call, as AKS writes it.
fn exec() -> String {
    let server = doors::ENTRA;
    format!(
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - \
         get-token\n      - --environment\n      - AzurePublicCloud\n      - --server-id\n      - \
         {server}\n      - --client-id\n      - {CLIENT}\n      - --tenant-id\n      - {TENANT}\n      \
         - --login\n      - devicecode\n      command: kubelogin\n      env: null\n      \
         installHint: |2\n\n        kubelogin is not installed which is required to connect to AAD \
         enabled cluster.\n\n        To learn more, please go to \
         https://aka.ms/aks/kubelogin\n      provideClusterInfo: false\n"
    )
}

/// What older clients took for the same.
fn provider() -> String {
    let server = doors::ENTRA;
    format!(
        "    auth-provider:\n      config:\n        apiserver-id: {server}\n        client-id: \
         {CLIENT}\n        config-mode: '1'\n        environment: AzurePublicCloud\n        \
         tenant-id: {TENANT}\n      name: azure\n"
    )
}

fn encode(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
