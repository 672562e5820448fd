//! The ways to log in, in the order in which they are tried: what was set up on purpose first, then
//! what the machine offers, then what the user of the machine is logged in to.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::{
    ClientOptions, ExponentialRetryOptions, HttpClient, Method, Request, RetryOptions, Transport,
    Url,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::assertion::{Certificate, GitHub};
use super::env::CredentialEnv;
use super::one_line;
use super::plain::Plain;
use crate::arm::cloud::Cloud;

/// Where a virtual machine's identity is asked for (Instance Metadata Service).
const METADATA: &str = "169.254.169.254";

/// How long that address may take to answer; it is on the machine's own host. The same second as in
/// the SDKs of other languages.
const METADATA_PATIENCE: Duration = Duration::from_secs(1);

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    ClientSecret,
    ClientCertificate,
    WorkloadIdentity,
    GitHubActions,
    AzurePipelines,
    ManagedIdentity,
    AzureCli,
    DeveloperCli,
}

impl Source {
    /// What somebody sets up for a run, in order: as in the SDKs' environment credential a secret goes
    /// before a certificate, then the assertions from elsewhere.
    pub(super) const MEANT: [Self; 5] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::GitHubActions,
        Self::AzurePipelines,
    ];

    /// What a machine and its user offer to every program, in order.
    pub(super) const OFFERED: [Self; 3] =
        [Self::ManagedIdentity, Self::AzureCli, Self::DeveloperCli];

    /// Returns what people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client secret",
            Self::ClientCertificate => "client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::GitHubActions => "GitHub Actions",
            Self::AzurePipelines => "Azure Pipelines",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "Azure CLI (az)",
            Self::DeveloperCli => "Azure Developer CLI (azd)",
        }
    }

    /// Returns the name and whom it logs in, as far as the environment tells.
    pub(super) fn describe(self, env: &CredentialEnv) -> String {
        let whom = match self {
            Self::AzurePipelines => env.pipelines_client.as_ref(),
            Self::AzureCli | Self::DeveloperCli => None,
            _ => env.client.as_ref(),
        };
        match whom {
            Some(whom) => format!("{} of application {whom}", self.name()),
            None => self.name().to_owned(),
        }
    }

    /// Returns why this way was tried.
    pub(super) fn because(self, env: &CredentialEnv) -> String {
        match self {
            Self::ManagedIdentity if !env.identity_endpoint => {
                "this is a machine of Azure's, and no other way is set up".to_owned()
            }
            Self::ManagedIdentity => "IDENTITY_ENDPOINT is set".to_owned(),
            Self::AzureCli => "somebody is logged in to it, and no other way is set up".to_owned(),
            Self::DeveloperCli => {
                "somebody is logged in to it, and to nothing that comes before it".to_owned()
            }
            _ => {
                let first = self.wants(env).first().map_or("", |(_, name)| *name);
                format!("{first} is set")
            }
        }
    }

    /// Returns what must be set and is not; `None` when the way can be tried.
    pub(super) fn missing(self, env: &CredentialEnv) -> Option<String> {
        lacking(&self.wants(env))
    }

    /// Tells whether somebody set out to use this way, so that what is missing is a mistake.
    ///
    /// A secret, a certificate and a federated token are for logging in alone. What GitHub and Azure
    /// Pipelines set in every job is not enough, as jobs log in to the Azure CLI with it too
    /// (`azure/login`, `AzureCLI@2`): there the application is named as well, and in Pipelines the
    /// job's token, which a step gets only where its author writes so. `AZURE_TENANT_ID` and
    /// `AZURE_CLIENT_ID` alone say nothing: many shells export the one, and the other chooses among
    /// a machine's identities.
    pub(super) fn is_begun(self, env: &CredentialEnv) -> bool {
        match self {
            Self::ClientSecret => env.client_secret.is_some(),
            Self::ClientCertificate => env.certificate.is_some(),
            Self::WorkloadIdentity => env.federated_token_file.is_some(),
            Self::GitHubActions => env.github_url.is_some() && env.client.is_some(),
            Self::AzurePipelines => {
                env.pipelines_url.is_some()
                    && env.pipelines_token.is_some()
                    && (env.pipelines_connection.is_some() || env.pipelines_client.is_some())
            }
            Self::ManagedIdentity | Self::AzureCli | Self::DeveloperCli => false,
        }
    }

    /// Returns the variables this way needs and whether each is set; the first asks for the way.
    fn wants(self, env: &CredentialEnv) -> Vec<(bool, &'static str)> {
        let tenant = (env.tenant.is_some(), "AZURE_TENANT_ID");
        let client = (env.client.is_some(), "AZURE_CLIENT_ID");
        match self {
            Self::ClientSecret => {
                vec![(env.client_secret.is_some(), "AZURE_CLIENT_SECRET"), tenant, client]
            }
            Self::ClientCertificate => {
                vec![(env.certificate.is_some(), "AZURE_CLIENT_CERTIFICATE_PATH"), tenant, client]
            }
            Self::WorkloadIdentity => vec![
                (env.federated_token_file.is_some(), "AZURE_FEDERATED_TOKEN_FILE"),
                tenant,
                client,
            ],
            Self::GitHubActions => vec![
                (env.github_url.is_some(), "ACTIONS_ID_TOKEN_REQUEST_URL"),
                (env.github_token.is_some(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
                tenant,
                client,
            ],
            Self::AzurePipelines => vec![
                (env.pipelines_url.is_some(), "SYSTEM_OIDCREQUESTURI"),
                (env.pipelines_token.is_some(), "SYSTEM_ACCESSTOKEN"),
                (env.pipelines_connection.is_some(), "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
                (env.pipelines_client.is_some(), "AZURESUBSCRIPTION_CLIENT_ID"),
                (env.pipelines_tenant.is_some(), "AZURESUBSCRIPTION_TENANT_ID"),
            ],
            Self::ManagedIdentity | Self::AzureCli | Self::DeveloperCli => Vec::new(),
        }
    }

    /// Returns the SDK's credential for this way, new and without a token; or why there is none.
    pub(super) fn build(
        self,
        env: &CredentialEnv,
        cloud: &Cloud,
        transport: &Arc<dyn HttpClient>,
    ) -> Result<Arc<dyn TokenCredential>, String> {
        let client_options = || options(cloud, Arc::clone(transport));
        match self {
            Self::ClientSecret => secret(env, client_options()),
            Self::ClientCertificate => certificate(env, cloud, client_options()),
            Self::WorkloadIdentity => workload(env, client_options()),
            Self::GitHubActions => {
                let token = env.github_token.clone().ok_or("no token to ask with")?;
                let url = text(env.github_url.as_ref());
                by_assertion(
                    env,
                    GitHub::new(&url, token, cloud.exchange(), Arc::clone(transport))?,
                    client_options(),
                )
            }
            Self::AzurePipelines => pipelines(env, client_options()),
            Self::ManagedIdentity => managed(env, client_options()),
            Self::AzureCli => sdk(AzureCliCredential::new(Some(AzureCliCredentialOptions {
                subscription: env.subscription.clone(),
                tenant_id: env.tenant.clone().filter(|_| env.subscription.is_none()),
                ..Default::default()
            }))),
            Self::DeveloperCli => {
                let options = AzureDeveloperCliCredentialOptions {
                    tenant_id: env.tenant.clone(),
                    ..Default::default()
                };
                sdk(AzureDeveloperCliCredential::new(Some(options)))
            }
        }
    }
}

fn secret(
    env: &CredentialEnv,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let secret = env.client_secret.as_ref().ok_or("no secret")?.reveal().to_owned();
    let options = ClientSecretCredentialOptions { client_options };
    let (tenant, client) = (text(env.tenant.as_ref()), text(env.client.as_ref()));
    sdk(ClientSecretCredential::new(&tenant, client, secret.into(), Some(options)))
}

fn certificate(
    env: &CredentialEnv,
    cloud: &Cloud,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let path = env.certificate.as_deref().ok_or("no certificate")?;
    let password = env.certificate_password.as_ref();
    let tenant = text(env.tenant.as_ref());
    let audience = format!("{}/{tenant}/oauth2/v2.0/token", cloud.authority());
    let client = text(env.client.as_ref());
    let assertion = Certificate::load(path, password, client, audience, env.send_chain)?;
    by_assertion(env, assertion, client_options)
}

fn workload(
    env: &CredentialEnv,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options },
        client_id: env.client.clone(),
        tenant_id: env.tenant.clone(),
        token_file_path: env.federated_token_file.clone(),
    };
    sdk(WorkloadIdentityCredential::new(Some(options)))
}

fn pipelines(
    env: &CredentialEnv,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let options = AzurePipelinesCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options },
    };
    let token = env.pipelines_token.as_ref().ok_or("no token to ask with")?.reveal().to_owned();
    sdk(AzurePipelinesCredential::new(
        text(env.pipelines_tenant.as_ref()),
        text(env.pipelines_client.as_ref()),
        &text(env.pipelines_connection.as_ref()),
        token,
        Some(options),
    ))
}

fn managed(
    env: &CredentialEnv,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: env.client.clone().map(UserAssignedId::ClientId),
        client_options,
    };
    sdk(ManagedIdentityCredential::new(Some(options)))
}

/// Asks whether this machine has a service that gives out the tokens of its identity; the error is
/// why not. Without the header that a request for a token has, the service answers 400 at once; a
/// proxy that knows no such host answers with something else. The SDK itself would wait for 20 s on
/// every machine that is not Azure's.
pub(super) async fn knock(env: &CredentialEnv, carrier: &dyn HttpClient) -> Result<(), String> {
    if env.identity_endpoint {
        return Ok(());
    }
    let silence = || format!("not a machine of Azure's ({METADATA} does not answer)");
    let url = format!("http://{METADATA}/metadata/identity/oauth2/token");
    let url = Url::parse(&url).map_err(|_| silence())?;
    let request = Request::new(url, Method::Get);
    let asked = tokio::time::timeout(METADATA_PATIENCE, carrier.execute_request(&request));
    match asked.await {
        Ok(Ok(answer)) if u16::from(answer.status()) == 400 => Ok(()),
        _ => Err(silence()),
    }
}

fn by_assertion(
    env: &CredentialEnv,
    assertion: impl ClientAssertion + 'static,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>, String> {
    let options = ClientAssertionCredentialOptions { client_options };
    let (tenant, client) = (text(env.tenant.as_ref()), text(env.client.as_ref()));
    sdk(ClientAssertionCredential::new(tenant, client, assertion, Some(options)))
}

/// Returns the options of every credential: three quick tries, since the chain goes on and people
/// wait for it.
fn options(cloud: &Cloud, transport: Arc<dyn HttpClient>) -> ClientOptions {
    let retry = ExponentialRetryOptions {
        max_retries: 3,
        max_total_elapsed: time::Duration::seconds(15),
        ..ExponentialRetryOptions::default()
    };
    ClientOptions {
        cloud: Some(Arc::new(cloud.for_sdk())),
        transport: Some(Transport::new(Arc::new(Plain(transport)))),
        retry: RetryOptions::exponential(retry),
        ..ClientOptions::default()
    }
}

fn sdk<C: TokenCredential + 'static>(
    built: azure_core::Result<Arc<C>>,
) -> Result<Arc<dyn TokenCredential>, String> {
    built.map(|credential| credential as Arc<dyn TokenCredential>).map_err(|error| one_line(&error))
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

/// Returns which variables are unset, with what is set beside them, as one sentence; the first is
/// the one that asks for this way.
fn lacking(wanted: &[(bool, &str)]) -> Option<String> {
    let unset: Vec<&str> = wanted.iter().filter(|(is, _)| !is).map(|(_, name)| *name).collect();
    let (&(asked, first), missing) = (wanted.first()?, unset.first()?);
    if !asked {
        return Some(format!("{missing} is not set"));
    }
    let verb = if unset.len() == 1 { "is" } else { "are" };
    Some(format!("{first} is set, but {} {verb} not", unset.join(" and ")))
}
