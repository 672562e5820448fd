//! Quota: cores of the region and of each family, public addresses, resources of the network.

use std::collections::BTreeMap;

use super::Case;
use super::machines::{find, propose};
use super::unread::{Blank, unread};
use crate::address::number::{counted, grouped};
use crate::doctor::facts::{Facts, Read, Size, Unread, Usage};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::needs::{Machines, managed_addresses as managed, public_addresses};
use crate::kind::{ALL, Kind as _, Ownership, PublicIp};
use crate::shell::Line;

const AREA: Area = Area::Quota;

/// The quota of all cores of a region.
const REGIONAL: &str = "cores";

/// The quota of all spot cores of a region; they count on no other.
const SPOT: &str = "lowPriorityCores";

/// Cores that a quota is asked for, beyond those in use already.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    now: u64,
    upgrade: u64,
    maximum: u64,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut found = cores(case);
    found.extend(addresses(case));
    found.extend(resources(case));
    found
}

/// Says what is left of the region's cores, for a look without a profile.
pub(super) fn left(facts: &Facts) -> Vec<Finding> {
    let usages = match &facts.compute {
        Read::Got(usages) => usages,
        Read::Unknown(why) => return vec![unseen(facts, "the vCPU quota of the region", why)],
        Read::NotAsked => return Vec::new(),
    };
    let Some(usage) = usage(usages, REGIONAL) else { return Vec::new() };
    let fact =
        format!("{} of {} regional vCPUs are left.", grouped(usage.left()), grouped(usage.limit));
    vec![if usage.left() == 0 {
        let raise = raise(facts, usage, usage.limit);
        Finding::error(AREA, REGIONAL, fact).so("No node can be made.").run(raise)
    } else {
        Finding::info(AREA, REGIONAL, fact)
    }]
}

fn unseen(facts: &Facts, what: &str, why: &Unread) -> Finding {
    let so = "If too little of it is left, Azure would refuse what counts on it.";
    unread(facts, &Blank { area: AREA, what, scope: None, so }, why)
}

fn cores(case: &Case<'_>) -> Vec<Finding> {
    let usages = match &case.facts.compute {
        Read::Got(usages) => usages,
        Read::Unknown(why) => {
            return vec![unseen(case.facts, "the vCPU quota of the region", why)];
        }
        Read::NotAsked => return Vec::new(),
    };
    let sizes = case.facts.sizes.got().map_or(&[][..], Vec::as_slice);
    let cluster = case.facts.cluster.got().and_then(Option::as_ref);
    let mut wanted: BTreeMap<String, (Wanted, Vec<Machines>)> = BTreeMap::new();
    let all = Machines::of(case.profile, cluster);
    let freed = freed(case, sizes);
    for machines in all.into_iter().filter(|machines| counts(case, machines)) {
        let size = find(sizes, &machines.size);
        let Some(cores) = size.map(|size| size.cores).or_else(|| cores_by_name(&machines.size))
        else {
            continue;
        };
        for name in quotas(machines.is_spot, size) {
            let (sum, pools) = wanted.entry(name).or_default();
            let more = |nodes: u64| nodes.saturating_sub(machines.standing).saturating_mul(cores);
            sum.now = sum.now.saturating_add(more(machines.now));
            sum.upgrade = sum.upgrade.saturating_add(more(machines.upgrade));
            sum.maximum = sum.maximum.saturating_add(more(machines.maximum));
            pools.push(machines.clone());
        }
    }
    let judged = wanted.iter().filter_map(|(name, (wanted, pools))| {
        // The first pools are made with their cluster, later ones by themselves.
        let cluster = &case.needs.cluster;
        let first = case.needs.pool(&pools.first()?.pool);
        let id = if case.needs.makes(cluster) { cluster } else { &first };
        let mut usage = usage(usages, name)?.clone();
        usage.used = usage.used.saturating_sub(freed.get(name).copied().unwrap_or_default());
        Some(judge(case, sizes, &usage, wanted, pools).on(id))
    });
    judged.collect()
}

/// Tells whether a plan adds nodes; a look without a plan takes it that one might.
pub(super) fn grows(case: &Case<'_>) -> bool {
    let cluster = case.facts.cluster.got().and_then(Option::as_ref);
    let mut all = Machines::of(case.profile, cluster).into_iter();
    let is_new = case.needs.makes(&case.needs.cluster);
    is_new || !case.needs.is_of_plan() || all.any(|machines| counts(case, &machines))
}

/// Tells whether the machines of a pool are a matter of quota: it is made, or it grows.
fn counts(case: &Case<'_>, machines: &Machines) -> bool {
    let grows = machines.now > machines.standing || machines.most > machines.standing_most;
    case.needs.makes_pool(&machines.pool)
        || grows && case.needs.changes(&case.needs.pool(&machines.pool))
}

/// Returns the cores that pools give back which are deleted to be made again, by quota.
fn freed(case: &Case<'_>, sizes: &[Size]) -> BTreeMap<String, u64> {
    let mut freed: BTreeMap<String, u64> = BTreeMap::new();
    let cluster = case.facts.cluster.got().and_then(Option::as_ref);
    for pool in cluster.into_iter().flat_map(|cluster| &cluster.pools) {
        let id = case.needs.pool(&pool.name);
        let wish = case.profile.pools.iter().find(|wish| wish.name == pool.name);
        // A pool of the same size counts with the machines that it has.
        let is_same = wish.is_some_and(|wish| wish.vm_size.eq_ignore_ascii_case(&pool.size));
        if is_same || !case.needs.deletes(&id) || !case.needs.makes(&id) {
            continue;
        }
        let size = find(sizes, &pool.size);
        let cores = size.map(|size| size.cores).or_else(|| cores_by_name(&pool.size));
        let family = size.map(|size| size.family.clone()).filter(|family| !family.is_empty());
        for name in family.into_iter().chain([REGIONAL.to_owned()]) {
            *freed.entry(name).or_default() += pool.nodes * cores.unwrap_or_default();
        }
    }
    freed
}

/// Returns the quotas that machines count on.
pub(in crate::doctor) fn quotas(is_spot: bool, size: Option<&Size>) -> Vec<String> {
    if is_spot {
        return vec![SPOT.to_owned()];
    }
    let family = size.map(|size| size.family.clone()).filter(|family| !family.is_empty());
    family.into_iter().chain([REGIONAL.to_owned()]).collect()
}

/// Returns the cores that a name such as `Standard_D4s_v5` tells: the first number in it.
pub(in crate::doctor) fn cores_by_name(name: &str) -> Option<u64> {
    let rest = name.split_once('_')?.1;
    let digits: String =
        rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    // `DS2_v2` and older names count sizes, not cores.
    let is_old = rest.starts_with("DS") || rest.starts_with('A') || rest.ends_with("_v2");
    digits.parse().ok().filter(|_| !is_old)
}

fn usage<'a>(usages: &'a [Usage], name: &str) -> Option<&'a Usage> {
    usages.iter().find(|usage| usage.name.eq_ignore_ascii_case(name))
}

fn judge(
    case: &Case<'_>,
    sizes: &[Size],
    usage: &Usage,
    wanted: &Wanted,
    pools: &[Machines],
) -> Finding {
    let left = usage.left();
    let about = usage.text.as_str();
    let state = format!("{}: {} of {} are left", usage.text, grouped(left), grouped(usage.limit));
    let lacks =
        |need: u64, when: &str| format!("{state}, and {} are needed {when}.", grouped(need));
    let raise = |need: u64| raise(case.facts, usage, need);
    if left < wanted.now {
        let so = format!(
            "AKS would refuse the pools with `ErrCode_InsufficientVCPUQuota`.{}",
            elsewhere(case, sizes, usage, wanted.now, pools)
        );
        return Finding::error(AREA, about, lacks(wanted.now, "for the nodes"))
            .so(so)
            .code("ErrCode_InsufficientVCPUQuota")
            .run(raise(wanted.maximum));
    }
    if left < wanted.upgrade {
        let so = "Upgrades would stop: they add nodes before they take the old ones away.";
        return Finding::warning(AREA, about, lacks(wanted.upgrade, "during an upgrade"))
            .so(so)
            .run(raise(wanted.maximum));
    }
    if left < wanted.maximum {
        let so = "The autoscaler would stop short of its maximum.";
        return Finding::warning(AREA, about, lacks(wanted.maximum, "at the autoscaler's maximum"))
            .so(so)
            .run(raise(wanted.maximum));
    }
    let fact = format!("{state}; at most {} are needed.", grouped(wanted.maximum));
    Finding::ok(AREA, about, fact)
}

/// Returns the command that asks for a larger quota.
fn raise(facts: &Facts, usage: &Usage, need: u64) -> Line {
    raise_of(facts, "Microsoft.Compute", usage, need)
}

/// Returns the command that asks for a larger quota of the network.
fn raise_network(facts: &Facts, usage: &Usage, need: u64) -> Line {
    raise_of(facts, "Microsoft.Network", usage, need)
}

fn raise_of(facts: &Facts, namespace: &str, usage: &Usage, need: u64) -> Line {
    let limit = usage.used.saturating_add(need);
    let (subscription, location) = (&facts.subscription_id, &facts.location);
    let scope = format!("/subscriptions/{subscription}/providers/{namespace}/locations/{location}");
    let update = Line::new("az quota update --resource-name").value(&usage.name);
    let update = update.words("--limit-object").value(format!("value={limit}"));
    update.words("--scope").value(scope)
}

/// Names sizes alike whose own quota has room, when it is a family that has none.
fn elsewhere(
    case: &Case<'_>,
    sizes: &[Size],
    full: &Usage,
    need: u64,
    pools: &[Machines],
) -> String {
    if full.name.eq_ignore_ascii_case(REGIONAL) || full.name.eq_ignore_ascii_case(SPOT) {
        return String::new();
    }
    let usages = case.facts.compute.got().map_or(&[][..], Vec::as_slice);
    let Some(size) = pools.first().and_then(|pool| find(sizes, &pool.size)) else {
        return String::new();
    };
    let zones = case.profile.pools.iter().find(|pool| pool.name == pools[0].pool);
    let zones = zones.map_or(&[][..], |pool| pool.zones.as_slice());
    let has_room: Vec<Size> = sizes
        .iter()
        .filter(|other| usage(usages, &other.family).is_some_and(|u| u.left() >= need))
        .cloned()
        .collect();
    let names: Vec<String> =
        propose(&has_room, size, zones).iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" There is room for {}.", names.join(", "))
    }
}

fn addresses(case: &Case<'_>) -> Option<Finding> {
    let need = more_addresses(case);
    if need == 0 {
        return None;
    }
    let usages = match &case.facts.network {
        Read::Got(usages) => usages,
        Read::Unknown(why) => {
            return Some(unseen(case.facts, "the quota of public addresses", why));
        }
        Read::NotAsked => return None,
    };
    let tightest = PublicIp::TRAITS
        .quota
        .iter()
        .filter_map(|name| usage(usages, name))
        .min_by_key(|u| u.left())?;
    let left = tightest.left();
    let about = "public addresses";
    let state =
        format!("{}: {} of {} are left", tightest.text, grouped(left), grouped(tightest.limit));
    if left >= need {
        let fact = format!("{state}; {} needed.", counted_are(need));
        return Some(Finding::ok(AREA, about, fact));
    }
    let fact = format!("{state}, and {} needed.", counted_are(need));
    let so = "Azure would refuse them with `PublicIPCountLimitReached`.";
    let command = raise_network(case.facts, tightest, need);
    Some(Finding::error(AREA, about, fact).so(so).code("PublicIPCountLimitReached").run(command))
}

/// Returns the public addresses that are made, beyond those that a standing cluster has.
fn more_addresses(case: &Case<'_>) -> u64 {
    let Some(cluster) = case.facts.cluster.got().and_then(Option::as_ref) else {
        return public_addresses(case.profile);
    };
    if !case.needs.is_of_plan() {
        return 0;
    }
    let made = case.needs.graph.iter().filter(|(_, resource)| {
        resource.kind == PublicIp::TYPE
            && resource.ownership != Ownership::Existing
            && case.needs.makes(&resource.id)
    });
    let made = u64::try_from(made.count()).unwrap_or(u64::MAX);
    let managed = if case.needs.changes(&case.needs.cluster) { managed(case.profile) } else { 0 };
    made.saturating_add(managed.saturating_sub(cluster.made_addresses))
}

fn counted_are(need: u64) -> String {
    let verb = if need == 1 { "is" } else { "are" };
    format!("{} {verb}", grouped(need))
}

fn resources(case: &Case<'_>) -> Vec<Finding> {
    // A look without a plan takes it that what goes with a standing cluster stands too.
    let stands = case.facts.cluster.got().is_some_and(Option::is_some) && !case.needs.is_of_plan();
    let usages = case.facts.network.got().map_or(&[][..], Vec::as_slice);
    let made = |kind: &str| {
        let all = case.needs.graph.iter().map(|(_, resource)| resource);
        let of_kind = all.filter(|r| {
            r.kind == kind && r.ownership != Ownership::Existing && case.needs.makes(&r.id)
        });
        let of_kind = of_kind.count();
        u64::try_from(of_kind).unwrap_or(u64::MAX)
    };
    // Addresses are counted by themselves: AKS makes some as well.
    let counted_kinds = ALL.iter().filter(|kind| !stands && kind.name != PublicIp::TYPE);
    let quotas =
        counted_kinds.flat_map(|kind| kind.traits.quota.iter().map(move |q| (kind.name, q)));
    let short = quotas.filter_map(|(kind, name)| {
        let usage = usage(usages, name)?;
        let need = made(kind);
        (need > 0 && usage.left() < need).then(|| {
            let fact = format!(
                "{}: {} of {} are left, and {} needed.",
                usage.text,
                grouped(usage.left()),
                grouped(usage.limit),
                counted_are(need)
            );
            let finding = Finding {
                id: case.needs.first(kind).cloned(),
                ..Finding::error(AREA, usage.text.as_str(), fact)
            };
            finding
                .so(format!("Azure would refuse the {}.", counted(need, "resource")))
                .run(raise_network(case.facts, usage, need))
        })
    });
    short.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_cores_where_names_do() {
        for (name, cores) in [
            ("Standard_D4s_v5", Some(4)),
            ("Standard_E16ads_v5", Some(16)),
            ("Standard_NC4as_T4_v3", Some(4)),
            ("Standard_DS2_v2", None),
            ("Standard_A4", None),
            ("nonsense", None),
        ] {
            assert_eq!(cores_by_name(name), cores, "{name}");
        }
    }
}
