//! The way to Azure that the options and the environment choose: which cloud, whose login, which
//! transport, the embedded Azure among them. Nothing is sent here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::HttpClient;
use etcetera::BaseStrategy;
use serde_json::Value;

use super::context::{Context, is_guid, named, variable};
use super::error::Error;
use super::notice::sentence;
use super::options::{CloudName, SimSpeed};
use crate::arm::client::Counts;
use crate::arm::cloud::Cloud;
use crate::arm::credential::{CredentialEnv, Heard, Login, SimCredential, Taken};
use crate::arm::transport::{self, Ahead};
use crate::arm::witness::Witness;
use crate::arm::{self, Arm, Notice, Setup, trace};
use crate::event::Requests;
use crate::observe::Within;
use crate::sim::transport::SimTransport;
use crate::sim::{self, Sim, Speed};
use crate::ui::Volume;

/// A way to Azure.
pub(crate) struct Azure {
    /// ARM.
    pub(crate) arm: Arm,
    /// The subscription to work in.
    pub(crate) subscription: String,
    /// Whom ARM sees, and the scope to ask a token for.
    pub(crate) login: (Arc<dyn TokenCredential>, String),
    /// What carries requests where the embedded Azure is asked in this process.
    pub(crate) embedded: Option<Arc<dyn HttpClient>>,
}

impl Azure {
    /// Returns ARM for those who plan: what one of them read a moment ago the next need not ask.
    pub(crate) fn look(&self) -> Arm {
        self.arm.sharing()
    }

    /// Returns how many requests a command sent, from its first.
    pub(crate) fn requests(&self) -> Requests {
        requests(&self.arm)
    }
}

/// Returns how many requests were sent.
pub(super) fn requests(arm: &Arm) -> Requests {
    let Counts { read, write, poll, retried } = arm.counts();
    Requests { read, write, poll, retried }
}

impl Context {
    /// Returns the way to Azure that the options choose; nothing is sent yet.
    pub(crate) fn connect(&self) -> Result<Azure, Error> {
        if self.options.subscription.len() > 1 {
            return Err(Error::usage(
                "more than one subscription is named",
                "`list` and `reap` take several; an environment stands in one",
            ));
        }
        self.reach(Self::subscription)
    }

    /// Returns the way to Azure for a command that looks into several subscriptions, and which.
    pub(crate) fn connect_within(&self, all: bool) -> Result<(Azure, Within), Error> {
        if all {
            let any = |context: &Self| Ok(context.subscription().unwrap_or_default());
            return Ok((self.reach(any)?, Within::All));
        }
        let azure = self.reach(Self::subscription)?;
        let mut named = Vec::new();
        for text in &self.options.subscription {
            let id = known(text)?;
            if !named.contains(&id) {
                named.push(id);
            }
        }
        if named.is_empty() {
            named.push(azure.subscription.clone());
        }
        Ok((azure, Within::These(named)))
    }

    fn reach(
        &self,
        subscription: impl FnOnce(&Self) -> Result<String, Error>,
    ) -> Result<Azure, Error> {
        let azure = self.way(subscription)?;
        self.reached.get_or_init(|| (azure.arm.clone(), azure.subscription.clone()));
        Ok(azure)
    }

    fn way(
        &self,
        subscription: impl FnOnce(&Self) -> Result<String, Error>,
    ) -> Result<Azure, Error> {
        let trace = self.trace()?;
        if self.cloud == CloudName::Sim {
            return self.embedded(trace);
        }
        let cloud = self.endpoints()?;
        let subscription = subscription(self)?;
        let mut env = CredentialEnv::read(variable);
        env.subscription = self.named_subscription()?;
        self.look_at_trust()?;
        let carrier = transport::network()?;
        let secrets = self.screen.secrets();
        let own = [
            &env.client_secret,
            &env.certificate_password,
            &env.github_token,
            &env.pipelines_token,
        ];
        own.into_iter().flatten().for_each(|secret| secrets.add(secret.reveal()));
        let witness = Witness::of(Arc::clone(&carrier), secrets.clone(), trace.clone(), self.clock);
        let mut credential: Arc<dyn TokenCredential> =
            Login::new(env, cloud.clone(), witness, self.heard());
        if cloud.stands_apart() {
            let endpoint = cloud.endpoint().clone();
            credential = Ahead::of(credential, Arc::clone(&carrier), endpoint);
        }
        let login = (Arc::clone(&credential), cloud.scope());
        let arm = self.arm(&cloud, credential, carrier, trace)?;
        Ok(Azure { arm, subscription, login, embedded: None })
    }

    /// Opens the embedded Azure as its commands need it.
    pub(crate) fn sim(&self) -> Result<Sim, Error> {
        let speed = match self.options.sim_speed {
            SimSpeed::Times(times) => Speed::Times(times),
            SimSpeed::Max => Speed::Max,
        };
        self.sim_at(speed)
    }

    /// Opens the embedded Azure at another speed than the options say.
    pub(crate) fn sim_at(&self, speed: Speed) -> Result<Sim, Error> {
        let faults = match &self.options.sim_faults {
            Some(path) => sim::fault::Script::load(path)?,
            None => sim::fault::Script::default(),
        };
        let subscription =
            self.named_subscription()?.unwrap_or_else(|| sim::SUBSCRIPTION.to_owned());
        let state = Some(state_file()?);
        Ok(Sim::open(sim::Options {
            state,
            speed,
            faults,
            subscription,
            ..sim::Options::default()
        })?)
    }

    fn embedded(&self, trace: Option<trace::Writer>) -> Result<Azure, Error> {
        if self.options.arm_endpoint.is_some() {
            let hint = "leave one of them out; `akstool sim serve` prints what to give to `--arm-endpoint`";
            return Err(Error::usage(
                "`--cloud sim` and `--arm-endpoint` exclude each other",
                hint,
            ));
        }
        let cloud = Cloud::sim();
        let subscription =
            self.named_subscription()?.unwrap_or_else(|| sim::SUBSCRIPTION.to_owned());
        let transport: Arc<dyn HttpClient> = Arc::new(SimTransport::new(self.sim()?));
        let credential: Arc<dyn TokenCredential> = SimCredential::shared();
        let login = (Arc::clone(&credential), cloud.scope());
        let embedded = Some(Arc::clone(&transport));
        let arm = self.arm(&cloud, credential, transport, trace)?;
        Ok(Azure { arm, subscription, login, embedded })
    }

    fn arm(
        &self,
        cloud: &Cloud,
        credential: Arc<dyn TokenCredential>,
        transport: Arc<dyn HttpClient>,
        trace: Option<trace::Writer>,
    ) -> Result<Arm, Error> {
        let (relay, screen) = (Arc::clone(&self.relay), self.screen.clone());
        let shows = screen.says(Volume::Traffic);
        let heard = move |notice: Notice| match &notice {
            Notice::Sent { .. } if shows => screen.note_line(&sentence(&notice)),
            Notice::Sent { .. } => {}
            _ => relay.tell(&notice),
        };
        Ok(Arm::new(Setup {
            endpoint: cloud.endpoint().clone(),
            scope: cloud.scope(),
            credential,
            transport,
            clock: self.clock,
            trace,
            secrets: self.screen.secrets().clone(),
            notices: Some(Arc::new(heard)),
        })?)
    }

    /// Looks at the file of certificates to trust, where TLS does: it passes over a wrong one in
    /// silence, which leaves nobody to trust unless there is a folder too.
    fn look_at_trust(&self) -> Result<(), Error> {
        if cfg!(any(windows, target_vendor = "apple")) {
            return Ok(());
        }
        let Some(named) = variable("SSL_CERT_FILE") else { return Ok(()) };
        match transport::trusts(Path::new(&named)) {
            Ok(()) => Ok(()),
            Err(why) if variable("SSL_CERT_DIR").is_some() => {
                self.screen.warn(&why);
                Ok(())
            }
            Err(reason) => Err(arm::Error::Network { reason }.into()),
        }
    }

    /// Returns what keeps which way to log in was taken, and tells it who wants to hear more.
    fn heard(&self) -> Heard {
        let (screen, kept) = (self.screen.clone(), Arc::clone(&self.taken));
        Arc::new(move |taken: &Taken| {
            kept.get_or_init(|| taken.clone());
            if !screen.says(Volume::Loud) {
                return;
            }
            screen.note_line(&format!("logged in by {}, because {}", taken.way, taken.because));
            for attempt in &taken.passed {
                screen.note_line(&format!("  not by {attempt}"));
            }
        })
    }

    /// Returns the named cloud, with what is given otherwise in its place and nothing else.
    fn endpoints(&self) -> Result<Cloud, Error> {
        let mut cloud = Ok(match self.cloud {
            CloudName::Usgov => Cloud::us_government(),
            CloudName::China => Cloud::china(),
            CloudName::Azure | CloudName::Sim => Cloud::public(),
        });
        if let Some(endpoint) = &self.options.arm_endpoint {
            cloud = cloud.and_then(|cloud| cloud.with_endpoint(endpoint));
        }
        if let Some(authority) = variable("AZURE_AUTHORITY_HOST") {
            cloud = cloud.and_then(|cloud| cloud.with_authority(&authority));
        }
        cloud.map_err(|error| {
            let hint = "an endpoint is a URL such as `https://127.0.0.1:8443`";
            Error::usage(error.to_string(), hint)
        })
    }

    fn subscription(&self) -> Result<String, Error> {
        match self.named_subscription()? {
            Some(subscription) => Ok(subscription),
            None => current_subscription().ok_or(Error::NoSubscription),
        }
    }

    fn named_subscription(&self) -> Result<Option<String>, Error> {
        match named(&self.options) {
            Some(text) => known(&text).map(Some),
            None => Ok(None),
        }
    }

    fn trace(&self) -> Result<Option<trace::Writer>, Error> {
        let Some(path) = &self.options.trace else { return Ok(None) };
        match trace::Writer::append(path) {
            Ok(writer) => Ok(Some(self.traced.get_or_init(|| writer).clone())),
            Err(error) => Err(Error::File {
                path: path.clone(),
                reason: error.to_string(),
                hint: "`--trace` wants a file that can be appended to".into(),
            }),
        }
    }
}

/// Reads the id of a subscription.
fn known(text: &str) -> Result<String, Error> {
    if is_guid(text) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Error::usage(
        format!("`{}` is no subscription id", crate::ui::words::clean(text)),
        "it is a GUID: `az account list -o table` shows yours",
    ))
}

/// Returns where the embedded Azure keeps its state.
pub(crate) fn state_file() -> Result<PathBuf, Error> {
    if let Some(path) = variable("AKSTOOL_SIM_STATE") {
        return Ok(PathBuf::from(path));
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| {
        Error::usage("there is no home directory", "set AKSTOOL_SIM_STATE to a file")
    })?;
    let base = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(base.join("akstool").join("sim.json"))
}

/// Returns the Azure CLI's current subscription, as its own file says.
fn current_subscription() -> Option<String> {
    let folder = match variable("AZURE_CONFIG_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::home_dir().ok()?.join(".azure"),
    };
    let text = read_small(&folder.join("azureProfile.json"))?;
    default_subscription(&text)
}

fn read_small(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Returns the subscription that the Azure CLI's profile marks as the current one.
fn default_subscription(text: &str) -> Option<String> {
    let profile: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let current = profile.get("subscriptions")?.as_array()?.iter().find(|subscription| {
        subscription.get("isDefault").and_then(Value::as_bool) == Some(true)
    })?;
    let id = current.get("id")?.as_str()?;
    is_guid(id).then(|| id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_subscription_is_read_past_the_byte_order_mark() {
        let text = "\u{feff}{\"subscriptions\":[{\"id\":\"11111111-1111-1111-1111-111111111111\",\"isDefault\":false},
            {\"id\":\"2222222A-2222-2222-2222-222222222222\",\"isDefault\":true}]}";
        assert_eq!(
            default_subscription(text).as_deref(),
            Some("2222222a-2222-2222-2222-222222222222")
        );
        assert_eq!(default_subscription("{}"), None);
        assert_eq!(default_subscription("nonsense"), None);
    }
}
