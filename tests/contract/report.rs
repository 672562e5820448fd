//! What was found when recordings were played, and why it differs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::leaves;
use crate::recording::Recording;

/// Which side a property is on that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Azure shows it, and the simulator does not.
    Missing,
    /// The simulator shows it, and Azure does not.
    TooMuch,
    /// Both show it, with another value.
    Other,
}

/// Why a property of a type differs, in one way, in recordings of one time.
struct Reason {
    kind: &'static str,
    path: &'static str,
    ways: &'static [Way],
    /// Of recordings from this day on, and before that one.
    days: (&'static str, &'static str),
    why: &'static str,
}

const fn reason(
    kind: &'static str,
    path: &'static str,
    ways: &'static [Way],
    days: (&'static str, &'static str),
    why: &'static str,
) -> Reason {
    Reason { kind, path, ways, days, why }
}

const CLUSTER: &str = "managedclusters";
const POOL: &str = "agentpools";
const MISSING: &[Way] = &[Way::Missing];
const TOO_MUCH: &[Way] = &[Way::TooMuch];
const OTHER: &[Way] = &[Way::Other];
const ALWAYS: (&str, &str) = ("2025", "9999");

/// A difference in a recording since 2025 that has no reason here is a defect of the simulator.
const REASONS: &[Reason] = &[
    reason("", "upgradeStrategy", TOO_MUCH, ("2025", "2025-10"), "shown since September 2025"),
    reason(CLUSTER, "gpu-provisioner.enableV2", TOO_MUCH, ("2025", "2025-07"), "came in June 2025"),
    reason(
        CLUSTER,
        "kubelet-serving-csr-approver.enableV2",
        TOO_MUCH,
        ("2025", "2025-06"),
        "came in spring 2025",
    ),
    reason(
        CLUSTER,
        "secure-tls-bootstrap.enableV2",
        MISSING,
        ("2025-09", "2025-11"),
        "seen in one region in the autumn of 2025",
    ),
    reason(
        CLUSTER,
        "nodeProvisioningProfile.defaultNodePools",
        TOO_MUCH,
        ("2025", "2025-06"),
        "shown since May 2025",
    ),
    reason(
        CLUSTER,
        "addonProfiles.azurepolicy",
        MISSING,
        ALWAYS,
        "put on by a policy of that subscription",
    ),
    reason(
        CLUSTER,
        "enableAutoScaling",
        MISSING,
        ALWAYS,
        "shown or not by what wrote the pool last",
    ),
    reason(
        "",
        "ipConfigurations",
        MISSING,
        ALWAYS,
        "an interface made by a call that is not in the recording",
    ),
    reason(
        "virtualnetworks",
        "privateEndpointVNetPolicies",
        &[Way::Missing, Way::TooMuch],
        ALWAYS,
        "shown or not from one day to the next",
    ),
    reason(
        "natgateways",
        "privateIPAddresses",
        MISSING,
        ("2025", "2026-07"),
        "shown until summer 2026",
    ),
    reason(
        POOL,
        "virtualMachineNodesStatus",
        OTHER,
        ALWAYS,
        "the same machines in another order from one read to the next",
    ),
    reason(
        CLUSTER,
        "azureMonitorProfile",
        &[Way::Missing, Way::TooMuch],
        ("2025", "2026"),
        "kept or dropped by the monitoring add-on",
    ),
    reason(
        CLUSTER,
        "hostedSystemProfile.enabled",
        MISSING,
        ("2025-10", "9999"),
        "hosted system pools are not modelled",
    ),
    reason(
        "",
        "upgradeSettings.maxSurge",
        TOO_MUCH,
        ("2025", "2025-08"),
        "not filled in for a pool sent by itself until summer 2025",
    ),
    reason(
        CLUSTER,
        "addonProfiles.omsagent",
        OTHER,
        ("2025", "2026"),
        "told in two places of one body, and taken up with the next",
    ),
    reason(CLUSTER, "orchestratorVersion", OTHER, ALWAYS, "a patch of its day"),
    reason(
        CLUSTER,
        "defaultDomain.enabled",
        MISSING,
        ("2025-10", "9999"),
        "shown since October 2025",
    ),
    reason(
        CLUSTER,
        "sku.tier",
        OTHER,
        ALWAYS,
        "the cluster stood before the recording begins, in the other tier",
    ),
    reason(
        "publicipaddresses",
        "ipConfiguration.id",
        MISSING,
        ALWAYS,
        "taken by a load balancer, which only AKS makes here",
    ),
];

impl Reason {
    fn fits(&self, kind: &str, path: &str, way: Way, day: &str) -> bool {
        kind.ends_with(self.kind)
            && path.contains(self.path)
            && self.ways.contains(&way)
            && (self.days.0..self.days.1).contains(&day)
    }
}

/// What stands in refusals of bodies that cannot be read.
const UNREAD: [&str; 3] = ["UnmarshalError", "InvalidRequestFormat", "Supported values are"];

/// Three recordings (`cli-nw_flow_log_*_vnetfl`) in which a network is sent to the address of its
/// subnet, and answered as a network.
const MISNAMED: &str = "_vnetfl)";

/// What was found for one type.
#[derive(Default)]
struct Tally {
    pairs: u64,
    properties: u64,
    equal: u64,
}

/// How often a property differs, the last example, and why, if that is known.
#[derive(Default)]
struct Difference {
    count: u64,
    example: String,
    why: Option<&'static str>,
}

/// Everything that was found.
#[derive(Default)]
pub(crate) struct Report {
    types: BTreeMap<String, Tally>,
    differences: BTreeMap<(String, Option<&'static str>), Difference>,
    /// Writes that Azure took and the simulator refuses.
    pub(crate) refused: Vec<String>,
    refusals: (u64, u64),
    otherwise: Vec<String>,
}

impl Report {
    /// Tells whether nothing was played.
    pub(crate) fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// Prints what was found, and returns the share that is equal.
    pub(crate) fn print(&self, lines: usize) -> f64 {
        let (mut properties, mut equal) = (0, 0);
        for (kind, tally) in &self.types {
            properties += tally.properties;
            equal += tally.equal;
            println!(
                "fidelity: {kind}: pairs {}, properties {}, equal {:.1} %",
                tally.pairs,
                tally.properties,
                percent(tally.equal, tally.properties)
            );
        }
        let (refusals, alike) = self.refusals;
        println!("fidelity: refusals {refusals}, alike {:.1} %", percent(alike, refusals));
        // A refusal is an answer; it counts as one property.
        let share = percent(equal + alike, properties + refusals);
        println!("fidelity: all: properties {properties}, equal {share:.1} %");
        let mut worst: Vec<_> = self.differences.iter().collect();
        worst.sort_by_key(|(_, difference)| std::cmp::Reverse(difference.count));
        for ((path, _), found) in worst.into_iter().take(lines) {
            let why = found.why.unwrap_or("no reason");
            println!("  {} x {path}: {}: {why}", found.count, found.example);
        }
        for refusal in self.refused.iter().take(lines) {
            println!("  refused: {refusal}");
        }
        for refusal in self.otherwise.iter().take(lines) {
            println!("  refused otherwise: {refusal}");
        }
        share
    }

    /// The writes whose body the simulator would not read, though Azure took it.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &String> {
        let unread = |refusal: &&String| UNREAD.iter().any(|word| refusal.contains(word));
        self.refused.iter().filter(unread).filter(|refusal| !refusal.contains(MISNAMED))
    }

    /// The differences that nothing explains, and the refusals that are other ones here.
    pub(crate) fn unexplained(&self) -> impl Iterator<Item = String> {
        let odd = self.differences.iter().filter(|(_, found)| found.why.is_none());
        let odd = odd.map(|((path, _), found)| format!("{path}: {}", found.example));
        odd.chain(self.otherwise.iter().map(|refusal| format!("refused otherwise: {refusal}")))
    }

    /// Counts a recorded refusal: status and code, and those of the simulator.
    pub(crate) fn refusal(
        &mut self,
        recorded: &(u16, String),
        simulated: &(u16, String),
        recording: &Recording,
    ) {
        self.refusals.0 += 1;
        // What was under a group that is going is gone before the group or with it.
        let gone = |said: &(u16, String)| said.0 == 404 && said.1.ends_with("NotFound");
        if recorded == simulated || (gone(recorded) && gone(simulated)) {
            self.refusals.1 += 1;
        } else {
            self.otherwise.push(format!("{recorded:?} became {simulated:?} ({})", recording.name));
        }
    }

    /// Holds an answer against the recorded one.
    pub(crate) fn hold(
        &mut self,
        kind: &str,
        sent: &Value,
        recorded: &Value,
        simulated: &Value,
        recording: &Recording,
    ) {
        let tally = self.types.entry(kind.to_owned()).or_default();
        tally.pairs += 1;
        let (recorded, simulated) = (leaves::of(recorded), leaves::of(simulated));
        let sent = leaves::of(sent);
        let day = recording.recorded.as_deref().unwrap_or_default();
        let paths: BTreeSet<&String> = recorded.keys().chain(simulated.keys()).collect();
        for path in paths {
            tally.properties += 1;
            let (way, fault) = match (recorded.get(path), simulated.get(path)) {
                (Some(one), Some(two))
                    if leaves::is_generated(path, &sent)
                        || leaves::masked(one) == leaves::masked(two) =>
                {
                    tally.equal += 1;
                    continue;
                }
                (Some(one), Some(two)) => (Way::Other, format!("{one} became {two}")),
                (Some(one), None) => (Way::Missing, format!("{one} is missing")),
                (None, two) => {
                    (Way::TooMuch, format!("{} is too much", two.cloned().unwrap_or_default()))
                }
            };
            let found = REASONS.iter().find(|reason| reason.fits(kind, path, way, day));
            let why = found.map(|reason| reason.why);
            let key = (format!("{kind} {}", leaves::general(path)), why);
            let entry = self.differences.entry(key).or_default();
            entry.count += 1;
            entry.why = why;
            let fault: String = fault.chars().take(140).collect();
            entry.example =
                format!("{fault} ({}, {})", recording.name, day.get(..10).unwrap_or(day));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few thousands")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}
