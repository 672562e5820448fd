//! Add-ons and maintenance windows: what needs or excludes what.

use super::Rules;
use crate::profile::schema::{Addons, Model, NetworkPolicy, OsType, Profile, Switch, Tier, Window};

pub(super) fn check(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    if let Some(addons) = &profile.cluster.addons {
        for rule in RULES.iter().filter(|rule| (rule.broken)(profile, addons)) {
            let field = format!("cluster.addons.{}", rule.field);
            rules.error(&field, rule.what).also(rule.also.0, rule.also.1).hint(rule.hint);
        }
        autoscaled(rules, addons);
    }
    if let Some(maintenance) = &profile.cluster.maintenance {
        window(rules, "cluster.maintenance.autoUpgrade", maintenance.auto_upgrade.as_ref());
        window(rules, "cluster.maintenance.nodeOs", maintenance.node_os.as_ref());
        daily(rules, maintenance.auto_upgrade.as_ref());
    }
}

/// What an add-on cannot be with.
struct Rule {
    field: &'static str,
    broken: fn(&Profile, &Addons) -> bool,
    what: &'static str,
    also: (&'static str, &'static str),
    hint: &'static str,
}

/// Sources: cost-analysis, advanced-container-networking-services-overview,
/// node-auto-provisioning and node-auto-provisioning-networking (read in November 2026).
const RULES: &[Rule] = &[
    Rule {
        field: "costAnalysis",
        broken: |profile, addons| {
            addons.cost_analysis == Some(true)
                && !matches!(profile.cluster.tier, Some(Tier::Standard | Tier::Premium))
        },
        what: "cost analysis comes with the standard and the premium tier only",
        also: ("cluster.tier", "this is the tier"),
        hint: "set `cluster.tier: standard`",
    },
    Rule {
        field: "advancedNetworking.security",
        broken: |profile, addons| {
            let settings = addons.advanced_networking.as_ref().and_then(Switch::settings);
            settings.is_some_and(|one| one.security == Some(true)) && !profile.network.is_cilium()
        },
        what: "policies by name and of layer 7 need the Cilium data plane",
        also: ("network.dataplane", "this is the data plane"),
        hint: "set `network.dataplane: cilium`, or leave `security` out",
    },
    Rule {
        field: "advancedNetworking",
        broken: |_, addons| {
            let settings = addons.advanced_networking.as_ref().and_then(Switch::settings);
            settings
                .is_some_and(|one| one.observability == Some(false) && one.security == Some(false))
        },
        what: "advanced networking with neither observability nor security is off",
        also: ("cluster.addons.advancedNetworking.security", "off here"),
        hint: "write `advancedNetworking: false`",
    },
    Rule {
        field: "nodeAutoProvisioning",
        broken: |profile, addons| {
            provisions(addons) && !matches!(profile.model(), Model::Overlay | Model::NodeSubnet)
        },
        what: "node auto-provisioning works on Azure CNI overlay and on the node subnet only",
        also: ("network.plugin", "this is the plugin"),
        hint: "set `network.plugin: azure` and `network.mode: overlay`",
    },
    Rule {
        field: "nodeAutoProvisioning",
        broken: |profile, addons| {
            provisions(addons) && profile.network.policy == Some(NetworkPolicy::Calico)
        },
        what: "node auto-provisioning does not work with Calico",
        also: ("network.policy", "Calico"),
        hint: "set `network.dataplane: cilium`, which enforces policies itself",
    },
    Rule {
        field: "nodeAutoProvisioning",
        broken: |profile, addons| provisions(addons) && profile.network.is_dual_stack(),
        what: "node auto-provisioning does not work with IPv6",
        also: ("network.ipFamilies", "two families"),
        hint: "leave `ipFamilies` out",
    },
    Rule {
        field: "nodeAutoProvisioning",
        broken: |profile, addons| {
            let windows =
                |pool: &crate::profile::schema::Pool| pool.os_type_or_default() == OsType::Windows;
            provisions(addons) && profile.pools.iter().any(windows)
        },
        what: "node auto-provisioning does not work beside Windows pools",
        also: ("pools", "one of these runs Windows"),
        hint: "leave the Windows pools out",
    },
];

fn provisions(addons: &Addons) -> bool {
    addons.node_auto_provisioning == Some(true)
}

/// Two hands on the number of nodes: AKS refuses the one with the other.
fn autoscaled(rules: &mut Rules<'_>, addons: &Addons) {
    if !provisions(addons) {
        return;
    }
    let pools = rules.profile.pools.iter();
    if let Some(index) = pools.clone().position(|pool| pool.autoscale.is_some()) {
        let what = "node auto-provisioning takes the place of the pools' autoscalers";
        rules
            .error("cluster.addons.nodeAutoProvisioning", what)
            .also(&format!("pools[{index}].autoscale"), "one of these")
            .hint("give the pool a `count`, or leave `nodeAutoProvisioning` out");
    }
}

/// A day of a month is one of two things, and each has its own longest interval (the specification
/// of `MaintenanceWindow`).
fn window(rules: &mut Rules<'_>, path: &str, wish: Option<&Window>) {
    let Some(wish) = wish else { return };
    let at = |field: &str| format!("{path}.{field}");
    if wish.week.is_some() && wish.day.is_none() {
        rules
            .error(&at("week"), "`week` says which `day` of a month, and no `day` is named")
            .hint("add `day: saturday`, say");
    }
    let other = [("day", wish.day.is_some()), ("week", wish.week.is_some())];
    if let Some((field, _)) = other.into_iter().find(|(_, said)| *said && wish.date.is_some()) {
        rules
            .error(
                &at("date"),
                format!("a window comes on a `date` or on a `{field}`, not on both"),
            )
            .also(&at(field), "and here")
            .hint("leave one of the two out");
    }
    let (most, of) = match (wish.date, wish.week, wish.day) {
        (None, None, None) => (7, "days"),
        (None, None, Some(_)) => (4, "weeks"),
        _ => (6, "months"),
    };
    if wish.interval.is_some_and(|interval| interval > most) {
        rules.error(&at("interval"), format!("a window comes at least every {most} {of}"));
    }
    for (index, days) in wish.not_allowed.iter().enumerate() {
        if days.end < days.start {
            rules
                .error(&at(&format!("notAllowed[{index}].end")), "these days end before they begin")
                .also(&at(&format!("notAllowed[{index}].start")), "the first day");
        }
    }
}

/// Only node images may come every day (planned-maintenance).
fn daily(rules: &mut Rules<'_>, wish: Option<&Window>) {
    let every_day =
        |wish: &Window| wish.day.is_none() && wish.week.is_none() && wish.date.is_none();
    if wish.is_some_and(every_day) {
        rules
            .error(
                "cluster.maintenance.autoUpgrade",
                "upgrades of the cluster do not come every day",
            )
            .hint("name a `day`, such as `saturday`, or a `date` of the month");
    }
}
