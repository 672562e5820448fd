//! The variables that logging in depends on, as a plain value: this module does not read the
//! environment.

use std::path::PathBuf;

use super::Secret;

/// What the environment says about logging in.
#[derive(Clone, Debug, Default)]
pub struct CredentialEnv {
    /// `AZURE_TENANT_ID`.
    pub tenant: Option<String>,
    /// `AZURE_CLIENT_ID`: the application, or the user-assigned identity of this machine.
    pub client: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `AZURE_CLIENT_CERTIFICATE_PATH`: a PEM or PKCS#12 file with certificate and private key.
    pub certificate: Option<PathBuf>,
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD`: what opens it.
    pub certificate_password: Option<Secret>,
    /// `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`: whether the certificates are sent along.
    pub send_chain: bool,
    /// `AZURE_FEDERATED_TOKEN_FILE`: where a workload's token stands.
    pub federated_token_file: Option<PathBuf>,
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`: where a GitHub job asks for its token.
    pub github_url: Option<String>,
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`: what it asks with.
    pub github_token: Option<Secret>,
    /// `SYSTEM_OIDCREQUESTURI`: where an Azure Pipelines job asks for its token.
    pub pipelines_url: Option<String>,
    /// `SYSTEM_ACCESSTOKEN`: what it asks with.
    pub pipelines_token: Option<Secret>,
    /// `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`.
    pub pipelines_connection: Option<String>,
    /// `AZURESUBSCRIPTION_CLIENT_ID`.
    pub pipelines_client: Option<String>,
    /// `AZURESUBSCRIPTION_TENANT_ID`.
    pub pipelines_tenant: Option<String>,
    /// Whether `IDENTITY_ENDPOINT` is set: App Service and the like give out tokens there.
    pub identity_endpoint: bool,
    /// The subscription that is meant, by `AZURE_SUBSCRIPTION_ID` or otherwise, for the Azure CLI, which may be logged in to several tenants.
    pub subscription: Option<String>,
}

impl CredentialEnv {
    /// Reads the variables through `lookup`; an empty variable counts as unset.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let secret = |name: &str| text(name).map(Secret::new);
        let path = |name: &str| text(name).map(PathBuf::from);
        let yes =
            |name: &str| text(name).is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"));
        Self {
            tenant: text("AZURE_TENANT_ID"),
            client: text("AZURE_CLIENT_ID"),
            client_secret: secret("AZURE_CLIENT_SECRET"),
            certificate: path("AZURE_CLIENT_CERTIFICATE_PATH"),
            certificate_password: lookup("AZURE_CLIENT_CERTIFICATE_PASSWORD").map(Secret::new),
            send_chain: yes("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
            federated_token_file: path("AZURE_FEDERATED_TOKEN_FILE"),
            github_url: text("ACTIONS_ID_TOKEN_REQUEST_URL"),
            github_token: secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
            pipelines_url: text("SYSTEM_OIDCREQUESTURI"),
            pipelines_token: secret("SYSTEM_ACCESSTOKEN"),
            pipelines_connection: text("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
            pipelines_client: text("AZURESUBSCRIPTION_CLIENT_ID"),
            pipelines_tenant: text("AZURESUBSCRIPTION_TENANT_ID"),
            identity_endpoint: text("IDENTITY_ENDPOINT").is_some(),
            subscription: text("AZURE_SUBSCRIPTION_ID"),
        }
    }
}
