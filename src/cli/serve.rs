//! `akstool sim serve`: the embedded Azure behind HTTPS, for clients of all kinds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::apply::Stop;
use crate::run::context::{Context, variable};
use crate::run::error::{Error, Exit};
use crate::run::interrupt::hangup;
use crate::run::options::{SimSpeed, time};
use crate::run::panic::panicked_at;
use crate::sim::Speed;
use crate::sim::serve::{self, Exchange, Heard, Invitation, Server, Settings};
use crate::ui::{Volume, words};

/// Put it behind HTTPS, for the Azure CLI, the SDKs, Terraform and curl
///
/// Says what clients need once it listens, and ends at Ctrl-C. What it holds is what `--cloud sim`
/// sees. `--sim-speed 1` makes it as slow as life; at other speeds clients are told to ask more
/// often than they would by themselves. `AKSTOOL_SIM_CLIENT_SECRET` names the secret of its one
/// application, which is random otherwise.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Listen here; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: String,

    /// Listen on an address that other machines can reach
    #[arg(long)]
    expose: bool,

    /// Be called this by clients, beside the local names
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,

    /// Show this certificate, a PEM file with its chain, and make none
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The key of that certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Write the certificate that clients must trust here, not into a temporary folder
    #[arg(long, value_name = "FILE", conflicts_with = "cert")]
    ca_file: Option<PathBuf>,

    /// Give tokens that are good for this time
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = time)]
    token_lifetime: Duration,

    /// Refuse, this time after the first token was given, every token given until then, as when
    /// rights are taken away
    #[arg(long, value_name = "TIME", value_parser = time)]
    revoke_tokens_after: Option<Duration>,
}

/// Serves until the user has enough.
pub(crate) async fn serve(context: &Context, asked: &Serve) -> Result<Exit, Error> {
    let speed = serve::served(match context.options.sim_speed {
        SimSpeed::Times(times) => Speed::Times(times),
        SimSpeed::Max => Speed::Max,
    });
    let settings = Settings {
        listen: Some(serve::parse_listen(&asked.listen).map_err(|error| explain(&error))?),
        expose: asked.expose,
        hosts: asked.host.clone(),
        certificate: asked.cert.clone().zip(asked.key.clone()),
        ca_file: asked.ca_file.clone(),
        secret: variable("AKSTOOL_SIM_CLIENT_SECRET"),
        token_lifetime: Some(asked.token_lifetime),
        tokens_revoked: asked.revoke_tokens_after,
        speed: Some(speed),
        heard: Some(heard(context)),
    };
    let sim = context.sim_at(speed)?;
    let server = Server::bind(sim, settings).await.map_err(|error| explain(&error))?;
    // Whoever reads the invitation may end us at once, so signals must be heard by now.
    let hangup = hangup();
    let invitation = server.invitation();
    if context.screen.terminal().json {
        let line = serde_json::to_string(invitation).unwrap_or_default();
        context.screen.data(&format!("{line}\n"));
    } else {
        context.screen.data(&welcome(invitation));
    }
    // From here on it is a secret.
    context.screen.secrets().add(&invitation.client_secret);
    let mut stop = context.interrupt.stop();
    tokio::select! {
        () = server.run(asked_to_stop(context, hangup)) => {}
        _ = stop.wait_for(|stop| *stop == Stop::Leave) => {}
    }
    Ok(Exit::Done)
}

/// Waits for what ends a server in good order.
async fn asked_to_stop(context: &Context, hangup: impl Future<Output = ()>) {
    tokio::select! {
        () = context.interrupt.wait() => {}
        () = hangup => {}
    }
}

/// Tells of every exchange that met a bug of ours, and of all when the user wants to hear more.
fn heard(context: &Context) -> Heard {
    let screen = context.screen.clone();
    let loud = screen.says(Volume::Loud);
    Arc::new(move |exchange: &Exchange| {
        let Exchange { method, path, status, took, is_broken } = exchange;
        if !is_broken && !loud {
            return;
        }
        let (method, path) = (words::clean(method), words::clean(path));
        if *is_broken {
            let place = panicked_at();
            let what = format!("the embedded Azure has a bug and could not answer {method} {path}");
            screen.error(&what, &[format!("please report it with this place: {place}").into()]);
        }
        if loud {
            let millis = took.as_secs_f64() * 1000.0;
            screen.note_line(&format!("{status} {method} {path} in {millis:.1} ms"));
        }
    })
}

fn explain(error: &serve::Error) -> Error {
    let hint = match error {
        serve::Error::Address(_) => "an address has a port: `--listen 127.0.0.1:8443`",
        serve::Error::Exposed(_) => {
            "`--expose` allows that; whoever connects still needs the secret that is printed"
        }
        serve::Error::Listen { .. } => "`--listen 127.0.0.1:0` takes a free port",
        serve::Error::File { .. } | serve::Error::Certificate { .. } => {
            "`--cert` and `--key` want PEM files; without them a certificate is made"
        }
        serve::Error::Making(_) => "`--host` wants names and addresses a certificate can hold",
    };
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    Error::usage(format!("{error}{}", source.unwrap_or_default()), hint)
}

/// What a person pastes into another terminal.
fn welcome(invitation: &Invitation) -> String {
    let Invitation { endpoint, authority, tenant, subscription, client_id, client_secret, .. } =
        invitation;
    let ca = invitation.ca_file.display();
    let host = &invitation.metadata_hostname;
    let jobs = jobs(invitation);
    format!(
        "The embedded Azure listens on {endpoint} until Ctrl-C.

For akstool and the SDKs:

  export AZURE_AUTHORITY_HOST={authority} SSL_CERT_FILE='{ca}'
  export AZURE_TENANT_ID={tenant} AZURE_SUBSCRIPTION_ID={subscription}
  export AZURE_CLIENT_ID={client_id} AZURE_CLIENT_SECRET={client_secret}
  akstool up kubenet --arm-endpoint {endpoint}

For the Azure CLI:

  export REQUESTS_CA_BUNDLE='{ca}'
  az cloud register -n akstool-sim --endpoint-resource-manager {endpoint}
  az cloud set -n akstool-sim
  az config set core.instance_discovery=false
  az login --service-principal -u {client_id} -p {client_secret} --tenant {tenant}

For kubectl, as akstool above, once there is a cluster:

  akstool kubeconfig NAME --arm-endpoint {endpoint}
  kubectl get nodes -o wide

For Terraform's azurerm, whose provider block stays as it is:

  export SSL_CERT_FILE='{ca}' ARM_METADATA_HOSTNAME={host}
  export ARM_TENANT_ID={tenant} ARM_SUBSCRIPTION_ID={subscription}
  export ARM_CLIENT_ID={client_id} ARM_CLIENT_SECRET={client_secret}

{jobs}"
    )
}

/// What one pastes, instead of the secret, to log in as a pipeline or a machine would.
fn jobs(invitation: &Invitation) -> String {
    let Invitation {
        authority,
        tenant,
        client_id,
        client_secret,
        github_request_url,
        pipelines_request_uri,
        service_connection_id,
        ..
    } = invitation;
    format!(
        "To rehearse the login of a pipeline or a machine, unset AZURE_CLIENT_SECRET and set

  for GitHub Actions:
  export ACTIONS_ID_TOKEN_REQUEST_URL='{github_request_url}'
  export ACTIONS_ID_TOKEN_REQUEST_TOKEN={client_secret}

  for Azure Pipelines:
  export SYSTEM_OIDCREQUESTURI={pipelines_request_uri}
  export SYSTEM_ACCESSTOKEN={client_secret} AZURESUBSCRIPTION_SERVICE_CONNECTION_ID={service_connection_id}
  export AZURESUBSCRIPTION_CLIENT_ID={client_id} AZURESUBSCRIPTION_TENANT_ID={tenant}

  for a managed identity:
  export IDENTITY_ENDPOINT={authority}/msi/token IDENTITY_HEADER={client_secret}
"
    )
}
