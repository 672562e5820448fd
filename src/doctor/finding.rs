//! What doctor says: findings, and the report they stand in.

use schemars::JsonSchema;
use serde::Serialize;

use super::who::Who;
use crate::arm::credential::Taken;
use crate::arm::id::ResourceId;
use crate::shell::Line;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "akstool.doctor/v1";

/// How much a finding matters; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// `up` would fail.
    Error,
    /// `up` may work; something later would not.
    Warning,
    /// Good to know, or could not be looked at.
    Info,
    /// Looked at and found well.
    Ok,
}

impl Severity {
    /// Returns the word people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Ok => "ok",
        }
    }
}

/// What a finding belongs to, in the order people read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The subscription and who asks.
    Subscription,
    /// What the one who asks may do.
    Rights,
    /// Resource providers and the region.
    Providers,
    /// Names that are taken or reserved.
    Names,
    /// Kubernetes versions.
    Versions,
    /// Sizes of machines.
    Sizes,
    /// Quota.
    Quota,
    /// Address ranges and existing networks.
    Network,
    /// Locks.
    Locks,
    /// Policies.
    Policies,
}

impl Area {
    /// Every area, in the order people read them.
    pub const ALL: [Self; 10] = [
        Self::Subscription,
        Self::Rights,
        Self::Providers,
        Self::Names,
        Self::Versions,
        Self::Sizes,
        Self::Quota,
        Self::Network,
        Self::Locks,
        Self::Policies,
    ];

    /// Returns the heading people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Subscription => "Subscription",
            Self::Rights => "Rights",
            Self::Providers => "Providers and region",
            Self::Names => "Names",
            Self::Versions => "Kubernetes versions",
            Self::Sizes => "Machine sizes",
            Self::Quota => "Quota",
            Self::Network => "Network",
            Self::Locks => "Locks",
            Self::Policies => "Policies",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it belongs to.
    pub area: Area,
    /// What it is about: a size, a pool, a scope, a name.
    pub about: String,
    /// The resource it is about, or that Azure would refuse, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
    /// What was found, as a sentence.
    pub fact: String,
    /// What comes of it, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consequence: Option<String>,
    /// The code with which Azure would refuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What to run to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Whether it says that something could not be looked at.
    pub is_unread: bool,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        area: Area,
        about: impl Into<String>,
        fact: impl Into<String>,
    ) -> Self {
        let (about, fact) = (about.into(), fact.into());
        Self {
            severity,
            area,
            id: ResourceId::parse(&about).ok(),
            about,
            fact,
            consequence: None,
            code: None,
            command: None,
            is_unread: false,
        }
    }

    pub(super) fn error(area: Area, about: impl Into<String>, fact: impl Into<String>) -> Self {
        Self::new(Severity::Error, area, about, fact)
    }

    pub(super) fn warning(area: Area, about: impl Into<String>, fact: impl Into<String>) -> Self {
        Self::new(Severity::Warning, area, about, fact)
    }

    pub(super) fn info(area: Area, about: impl Into<String>, fact: impl Into<String>) -> Self {
        Self::new(Severity::Info, area, about, fact)
    }

    pub(super) fn ok(area: Area, about: impl Into<String>, fact: impl Into<String>) -> Self {
        Self::new(Severity::Ok, area, about, fact)
    }

    /// Says that something could not be looked at, and why.
    pub(super) fn unread(area: Area, about: &str, why: &str) -> Self {
        let fact = format!("Could not look at {about}: {why}.");
        Self { is_unread: true, ..Self::info(area, about, fact) }
    }

    /// Adds what comes of it.
    pub(super) fn so(self, consequence: impl Into<String>) -> Self {
        Self { consequence: Some(consequence.into()), ..self }
    }

    /// Adds the resource it is about.
    pub(super) fn on(self, id: &ResourceId) -> Self {
        Self { id: Some(id.clone()), ..self }
    }

    /// Adds the code with which Azure would refuse.
    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Adds what to run.
    pub(super) fn run(self, command: impl Into<Line>) -> Self {
        Self { command: Some(command.into().into()), ..self }
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The name and version of this form.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// The environment's name, when a profile was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The subscription's id.
    pub subscription: String,
    /// The region, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Who asks, as far as the token tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    /// How the one who asks logged in, why so, and why not in the ways that come before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<Taken>,
    /// The resource providers that are needed and not registered.
    pub unregistered: Vec<String>,
    /// The findings by area, the worst first within each.
    pub findings: Vec<Finding>,
    /// How many there are of each severity.
    pub summary: Summary,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// `up` would fail.
    pub errors: usize,
    /// Something later would fail.
    pub warnings: usize,
    /// Good to know.
    pub infos: usize,
    /// Well.
    pub ok: usize,
    /// Could not be looked at; these are among the infos.
    pub unread: usize,
}

impl Summary {
    /// Counts findings.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            ok: count(Severity::Ok),
            unread: findings.iter().filter(|found| found.is_unread).count(),
        }
    }
}

impl Report {
    /// Tells whether `up` would fail.
    pub fn has_errors(&self) -> bool {
        self.summary.errors > 0
    }
}

/// Orders findings as people read them: by area, the worst first within each.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|found| (found.area, found.severity));
}
