//! Sizes of machines: offered in the region and its zones, and fit for what runs on them.

use super::Case;
use super::unread::{Blank, unread};
use crate::doctor::facts::{Read, Size};
use crate::doctor::finding::{Area, Finding};
use crate::profile::schema::{OsDiskType, OsType, Pool, PoolMode};
use crate::shell::Line;

const AREA: Area = Area::Sizes;

/// The least a system pool's machine has: cores and MiB (AKS documentation, use-system-pools).
const LEAST: (u64, u64) = (2, 4 * 1024);

/// What the same page asks for in production.
const PRODUCTION_CORES: u64 = 4;

/// The most other sizes that are named; chosen.
const PROPOSED: usize = 3;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let sizes = match &case.facts.sizes {
        Read::Got(sizes) => Some(sizes.as_slice()),
        Read::Unknown(why) => {
            let so = "AKS would refuse a size that is not offered with `SkuNotAvailable`.";
            let blank = Blank { area: AREA, what: "the sizes of the region", scope: None, so };
            return vec![unread(case.facts, &blank, why)];
        }
        Read::NotAsked => None,
    };
    let mut found = Vec::new();
    for pool in case.profile.pools.iter().filter(|pool| case.needs.makes_pool(&pool.name)) {
        let about = format!("pool `{}`", pool.name);
        let mut of_pool = Vec::new();
        if let Some(sizes) = sizes {
            match find(sizes, &pool.vm_size) {
                None => of_pool.push(unknown(case, sizes, pool, &about)),
                Some(size) => of_pool.extend(offered(case, sizes, pool, size, &about)),
            }
        }
        of_pool.extend(burstable(pool, &about));
        let id = case.needs.pool(&pool.name);
        found.extend(of_pool.into_iter().map(|found| found.on(&id)));
    }
    found
}

/// Finds a size by its name, whatever its case.
pub(in crate::doctor) fn find<'a>(sizes: &'a [Size], name: &str) -> Option<&'a Size> {
    sizes.iter().find(|size| size.name.eq_ignore_ascii_case(name))
}

fn unknown(case: &Case<'_>, sizes: &[Size], pool: &Pool, about: &str) -> Finding {
    let location = &case.facts.location;
    let fact = format!("Size `{}` is not offered in region `{location}`.", pool.vm_size);
    let near = sizes.iter().filter(|size| fits(pool, size)).max_by(|a, b| {
        let to = |size: &Size| strsim::jaro_winkler(&size.name, &pool.vm_size);
        to(a).total_cmp(&to(b))
    });
    let near: Vec<&str> = near.map(|size| size.name.as_str()).into_iter().collect();
    refused(pool, about, fact, &near)
}

/// Tells whether a size may be proposed for a pool: nothing that the next look would object to.
fn fits(pool: &Pool, size: &Size) -> bool {
    let starves = pool.mode_or_default() == PoolMode::System && is_burstable(&size.name);
    let is_foreign = pool.os_type_or_default() == OsType::Windows && size.is_arm;
    let is_offered = size.withheld.is_none();
    is_offered && !is_too_small(size) && !starves && !is_foreign
}

fn is_too_small(size: &Size) -> bool {
    size.cores < LEAST.0 || (size.memory_mib > 0 && size.memory_mib < LEAST.1)
}

fn offered(case: &Case<'_>, sizes: &[Size], pool: &Pool, size: &Size, about: &str) -> Vec<Finding> {
    let location = &case.facts.location;
    if let Some(reason) = &size.withheld {
        let fact = format!(
            "Size `{}` is withheld from this subscription in region `{location}` (`{reason}`).",
            size.name
        );
        return vec![refused(pool, about, fact, &propose(sizes, size, &pool.zones))];
    }
    let lacking: Vec<&str> = pool
        .zones
        .iter()
        .filter(|zone| !size.zones.contains(zone) || size.withheld_zones.contains(zone))
        .map(String::as_str)
        .collect();
    let mut found = Vec::new();
    if lacking.is_empty() {
        let zones = match pool.zones.len() {
            0 => String::new(),
            1 => format!(" and zone {}", pool.zones[0]),
            _ => format!(" and zones {}", pool.zones.join(", ")),
        };
        let fact = format!("Size `{}` is offered in region `{location}`{zones}.", size.name);
        found.push(Finding::ok(AREA, about, fact));
    } else {
        let list = lacking.join(", ");
        let fact = format!("Size `{}` is not offered in zone {list} of `{location}`.", size.name);
        found.push(refused(pool, about, fact, &propose(sizes, size, &pool.zones)));
    }
    found.extend(fitness(pool, size, about));
    found
}

/// Says what is wrong with a pool's size and which others would do.
fn refused(pool: &Pool, about: &str, fact: String, others: &[&str]) -> Finding {
    let names: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    let so = match names.as_slice() {
        [] => "AKS would refuse the pool.".to_owned(),
        names => format!("AKS would refuse the pool. Much alike: {}.", names.join(", ")),
    };
    let finding = Finding::error(AREA, about, fact).so(so).code("SkuNotAvailable");
    finding.run(another(pool, others.first().copied().unwrap_or("ANOTHER_SIZE")))
}

/// Returns the command that takes another size.
fn another(pool: &Pool, size: &str) -> Line {
    let set = format!("pools[{}].vmSize={size}", pool.name);
    Line::new("akstool up PROFILE --set").value(set)
}

/// Returns sizes with as many cores, as much memory and the same kind of processor that are
/// offered in these zones, those of the same series first.
pub(super) fn propose<'a>(sizes: &'a [Size], like: &Size, zones: &[String]) -> Vec<&'a str> {
    let alike = |size: &&Size| {
        size.name != like.name
            && size.withheld.is_none()
            && size.cores == like.cores
            && size.memory_mib == like.memory_mib
            && size.is_arm == like.is_arm
            && !is_burstable(&size.name)
            && zones
                .iter()
                .all(|zone| size.zones.contains(zone) && !size.withheld_zones.contains(zone))
    };
    let mut found: Vec<&Size> = sizes.iter().filter(alike).collect();
    found.sort_by(|a, b| {
        let to = |size: &Size| strsim::jaro_winkler(&size.name, &like.name);
        to(b).total_cmp(&to(a)).then_with(|| a.name.cmp(&b.name))
    });
    found.into_iter().map(|size| size.name.as_str()).take(PROPOSED).collect()
}

fn fitness(pool: &Pool, size: &Size, about: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_system = pool.mode_or_default() == PoolMode::System;
    let gib = size.memory_mib / 1024;
    if is_too_small(size) {
        let fact = format!("Size `{}` has {} vCPU and {gib} GiB.", size.name, size.cores);
        let so = "AKS asks for 2 vCPUs and 4 GiB at least.";
        found.push(Finding::error(AREA, about, fact).so(so).run(another(pool, "Standard_D4s_v5")));
    } else if is_system && size.cores < PRODUCTION_CORES {
        let fact = format!("Size `{}` has {} vCPUs.", size.name, size.cores);
        let so =
            "Enough to try things out; for production AKS advises 4 and more in a system pool.";
        found.push(Finding::info(AREA, about, fact).so(so));
    }
    found.extend(own_disk(pool, size, about));
    if pool.encryption_at_host == Some(true) && size.encrypts == Some(false) {
        let fact = format!("Size `{}` does not encrypt at the host.", size.name);
        found.push(Finding::error(AREA, about, fact).so("AKS would refuse the pool."));
    }
    if size.is_arm && pool.os_type_or_default() == OsType::Windows {
        let fact = format!("Size `{}` has an Arm processor and the pool runs Windows.", size.name);
        let so = "AKS would refuse the pool.";
        found.push(Finding::error(AREA, about, fact).so(so).run(another(pool, "Standard_D4s_v5")));
    }
    found
}

/// GiB of the system disk that AKS gives where nothing is said.
const SYSTEM_DISK: u64 = 128;

/// The least that an image of AKS takes.
const LEAST_DISK: u64 = 30;

/// Says that a machine has no room for the system disk that a pool wants on it.
fn own_disk(pool: &Pool, size: &Size, about: &str) -> Option<Finding> {
    let room = size.own_disk.filter(|_| pool.os_disk_type == Some(OsDiskType::Ephemeral))?;
    let wanted = pool.os_disk_size_gb.map_or(SYSTEM_DISK, u64::from);
    if wanted <= room {
        return None;
    }
    let (code, fact) = if room == 0 {
        let fact = format!("Size `{}` takes no ephemeral system disk.", size.name);
        ("VMSizeDoesNotSupportEphemeralOS", fact)
    } else {
        let fact = format!(
            "Size `{}` has room for an ephemeral system disk of {room} GiB, and the pool wants \
             {wanted}.",
            size.name
        );
        ("VMCacheSizeTooSmall", fact)
    };
    let set = if room < LEAST_DISK {
        format!("pools[{}].osDiskType=managed", pool.name)
    } else {
        format!("pools[{}].osDiskSizeGB={room}", pool.name)
    };
    let run = Line::new("akstool up PROFILE --set").value(set);
    Some(Finding::error(AREA, about, fact).so("AKS would refuse the pool.").code(code).run(run))
}

fn burstable(pool: &Pool, about: &str) -> Option<Finding> {
    let is_system = pool.mode_or_default() == PoolMode::System;
    (is_system && is_burstable(&pool.vm_size)).then(|| {
        let fact = format!("Size `{}` is of the burstable B series.", pool.vm_size);
        let so = "AKS does not support it in a system pool: once its credits are spent, the \
                  cluster's own pods starve.";
        Finding::warning(AREA, about, fact).so(so).run(another(pool, "Standard_D2s_v5"))
    })
}

/// Tells whether a size is of the B series, as `Standard_B2s` and `Standard_B2als_v2` are.
fn is_burstable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("standard_b");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
