//! Flags, environment and terminal facts, turned into what they mean: the only place that looks at
//! the environment, and where the transport is chosen.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::HttpClient;
use etcetera::BaseStrategy;
use serde_json::Value;
use time::OffsetDateTime;

use super::error::Error;
use super::interrupt::Interrupt;
use super::load;
use super::options::{CloudName, Colour, Options, Output, SimSpeed};
use crate::arm::cloud::Cloud;
use crate::arm::credential::{CredentialEnv, Heard, Login, SimCredential, Taken};
use crate::arm::transport::{self, Ahead};
use crate::arm::witness::Witness;
use crate::arm::{self, Arm, Clock, Notice, ResourceId, Setup, clock, trace};
use crate::sim::transport::SimTransport;
use crate::sim::{self, Sim, Speed};
use crate::ui::listener::{Listener, Passing, Watch};
use crate::ui::{Facts, Known, Screen, Volume, words};

/// Returns a variable of the environment; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "the one place that looks at the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a command runs in.
pub(crate) struct Context {
    /// The options as typed.
    pub(crate) options: Options,
    /// Which Azure.
    pub(crate) cloud: CloudName,
    /// Where text goes.
    pub(crate) screen: Screen,
    /// Whether the user wants to stop.
    pub(crate) interrupt: Interrupt,
    /// The clock all waits are measured on.
    pub(crate) clock: Clock,
    /// What the wall clock showed when that one started.
    began: OffsetDateTime,
    relay: Arc<Relay>,
    traced: OnceLock<trace::Writer>,
    taken: Arc<OnceLock<Taken>>,
}

/// A way to Azure.
pub(crate) struct Azure {
    /// ARM.
    pub(crate) arm: Arm,
    /// The subscription to work in.
    pub(crate) subscription: String,
    /// Whom ARM sees, and the scope to ask a token for.
    pub(crate) login: (Arc<dyn TokenCredential>, String),
}

/// Hands notices of the protocol to whoever listens to the run at that moment.
#[derive(Default)]
struct Relay(Mutex<Option<Arc<dyn Listener>>>);

impl Relay {
    fn tell(&self, notice: &Notice) {
        let listener = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(listener) = listener {
            listener.notice(&sentence(notice));
        }
    }
}

impl Context {
    /// Reads the process's environment; called within the runtime, because the clock starts here.
    pub(crate) fn new(options: Options, screen: Screen) -> Result<Self, Error> {
        let cloud = cloud_name(&options)?;
        let interrupt = Interrupt::listen(&screen);
        let clock = match options.sim_speed {
            SimSpeed::Times(times) if cloud == CloudName::Sim => Clock::times(times),
            _ => Clock::real(),
        };
        let (relay, traced, taken) = (Arc::default(), OnceLock::new(), Arc::default());
        let began = clock::wall() - clock.elapsed();
        Ok(Self { options, cloud, screen, interrupt, clock, began, relay, traced, taken })
    }

    /// Returns what is known for advice, before it is known of which environment.
    pub(crate) fn known(&self) -> Known {
        known(&self.options, &[])
    }

    /// Tells whether time is skipped rather than waited for.
    pub(crate) fn skips_time(&self) -> bool {
        self.cloud == CloudName::Sim && self.options.sim_speed == SimSpeed::Max
    }

    /// Returns what time it is for a run that begins now.
    pub(crate) fn watch(&self) -> Watch {
        let (clock, start) = (self.clock, self.clock.elapsed());
        Watch {
            elapsed: Arc::new(move || clock.elapsed().saturating_sub(start)),
            began: self.began + start,
        }
    }

    /// Returns who listens to a run in so many environments; notices of the protocol go there until the next run.
    pub(crate) fn listener(&self, watch: &Watch, fleet: usize) -> Arc<dyn Listener> {
        let passing = if self.skips_time() { Passing::Skipped } else { Passing::Visibly };
        let listener = crate::ui::listener::listener(&self.screen, watch.clone(), passing, fleet);
        *self.relay.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&listener));
        listener
    }

    /// Returns the way to Azure that the options choose; nothing is sent yet.
    pub(crate) fn connect(&self) -> Result<Azure, Error> {
        let trace = self.trace()?;
        if self.cloud == CloudName::Sim {
            return self.embedded(trace);
        }
        let cloud = self.endpoints()?;
        let subscription = self.subscription()?;
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
        Ok(Azure { arm, subscription, login })
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
        let arm = self.arm(&cloud, credential, transport, trace)?;
        Ok(Azure { arm, subscription, login })
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

    /// Returns the way to log in that was taken, once one was.
    pub(crate) fn login(&self) -> Option<&Taken> {
        self.taken.get()
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
            Some(id) if is_guid(&id) => Ok(Some(id.to_ascii_lowercase())),
            Some(text) => Err(Error::usage(
                format!("`{text}` is no subscription id"),
                "it is a GUID: `az account list -o table` shows yours",
            )),
            None => Ok(None),
        }
    }

    /// Says that `--trace` did not keep everything, if so; whoever reads it would not see.
    pub(crate) fn end_trace(&self) {
        let trouble = self.traced.get().and_then(trace::Writer::trouble);
        if let (Some(path), Some(why)) = (&self.options.trace, trouble) {
            self.screen.warn(&format!("the trace `{}` is incomplete: {why}", path.display()));
        }
    }

    fn trace(&self) -> Result<Option<trace::Writer>, Error> {
        let Some(path) = &self.options.trace else { return Ok(None) };
        match trace::Writer::append(path) {
            Ok(writer) => Ok(Some(self.traced.get_or_init(|| writer).clone())),
            Err(error) => Err(Error::File {
                path: path.clone(),
                reason: error.to_string(),
                hint: "`--trace` wants a file that can be appended to".to_owned(),
            }),
        }
    }
}

/// Reads what the terminal is like and what the options want of it.
pub(crate) fn screen(options: &Options) -> Screen {
    let volume = match (options.quiet, options.verbose) {
        (true, _) => Volume::Quiet,
        (false, 0) => Volume::Normal,
        (false, 1) => Volume::Loud,
        (false, _) => Volume::Traffic,
    };
    let colour = match options.color {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    };
    Screen::new(Facts::of_process(options.output == Output::Json, volume, colour))
}

/// Returns which Azure is meant: the option, else AKSTOOL_CLOUD, else the public one.
pub(crate) fn cloud_name(options: &Options) -> Result<CloudName, Error> {
    if let Some(cloud) = options.cloud {
        return Ok(cloud);
    }
    let Some(text) = variable("AKSTOOL_CLOUD") else { return Ok(CloudName::Azure) };
    clap::ValueEnum::from_str(&text, true).map_err(|_| {
        let hint = "set it to `azure`, `usgov`, `china` or `sim`, or unset it";
        Error::usage(format!("AKSTOOL_CLOUD is `{}`, which is no cloud", words::clean(&text)), hint)
    })
}

/// Returns the subscription as the option or the variable names it.
fn named(options: &Options) -> Option<String> {
    options.subscription.clone().or_else(|| variable("AZURE_SUBSCRIPTION_ID"))
}

/// Returns what the command line says that advice can use.
pub(crate) fn known(options: &Options, typed: &[String]) -> Known {
    let one = match typed {
        [one] => Some(one),
        _ => None,
    };
    let is_profile = one.is_some_and(|text| load::is_profile(text));
    Known {
        environment: one.filter(|_| !is_profile).cloned(),
        profile: one.filter(|_| is_profile).map(|text| options.profile(text)),
        location: options.overrides.location.clone(),
        subscription: named(options).filter(|id| is_guid(id)),
        flags: options.flags(),
        embedded: matches!(cloud_name(options), Ok(CloudName::Sim)),
    }
}

/// Returns where the embedded Azure keeps its state.
fn state_file() -> Result<PathBuf, Error> {
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

fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Returns a notice of the protocol as a sentence without its stop.
fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::Retrying { request, wait, because, .. } => {
            format!("trying {} again in {}: {because}", short(request), seconds(*wait))
        }
        Notice::Held { request, says } => {
            format!("{} waits until another operation is done: {says}", short(request))
        }
        Notice::Throttled { request, wait } => {
            format!(
                "{} waits {} so as not to run into a rate limit",
                short(request),
                seconds(*wait)
            )
        }
        Notice::Sent { request, status, took } => {
            format!("{status} {request} in {} ms", took.as_millis())
        }
        Notice::Renewed { request } => {
            format!("{}: the token was refused, fetching a new one", short(request))
        }
    }
}

/// Returns a request as a reader tells it apart: its method, and the kind and name of its resource.
fn short(request: &str) -> String {
    let Some(at) = request.find('/') else { return request.to_owned() };
    let (method, path) = (request[..at].trim_end(), &request[at..]);
    let name = words::name(path);
    match ResourceId::parse(path).map(|id| id.resource_type()) {
        // What an operation is called, nobody knows.
        Ok(kind) if !kind.contains("/locations") => {
            format!("{method} {} {name}", words::kind(&kind))
        }
        _ => format!("{method} {name}"),
    }
}

fn seconds(wait: Duration) -> String {
    words::duration(Duration::from_secs(wait.as_secs().max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_method_kind_and_name() {
        let cluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
        for (request, said) in [
            (format!("PUT {cluster}"), "PUT cluster c"),
            (
                format!("the status of PUT {cluster}/agentPools/p"),
                "the status of PUT node pool c/p",
            ),
            ("DELETE /subscriptions/s/resourceGroups/g".to_owned(), "DELETE resource group g"),
            ("GET /subscriptions/s/resources".to_owned(), "GET resources"),
            ("login".to_owned(), "login"),
        ] {
            assert_eq!(short(&request), said);
        }
    }

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

    #[test]
    fn a_subscription_is_a_guid() {
        assert!(is_guid("00000000-0000-0000-0000-000000000000"));
        assert!(!is_guid("my subscription"));
        assert!(!is_guid("0000000-00000-0000-0000-000000000000"));
    }
}
