//! What holds for every picture, whatever the profile.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::address_plan::{address_plan, compare};
use crate::profile::{Overrides, Profile, Surroundings, builtin, load};

fn planned(profile: &Profile) -> AddressPlan {
    let around = Surroundings::default();
    let mut address_plan = address_plan(profile, &around);
    address_plan.compare = Some(compare(profile, &around));
    address_plan
}

fn builtins() -> Vec<(&'static str, AddressPlan)> {
    let read = |b: &builtin::Builtin| {
        let loaded = load(b.text.as_bytes(), b.name, &Overrides::default()).expect(b.name);
        (b.name, planned(&loaded.profile))
    };
    builtin::ALL.iter().map(read).collect()
}

fn hostile() -> AddressPlan {
    let evil = "</title><script>alert(1)</script>&\"'\u{1b}]0;x\u{7}";
    let profile: Profile = serde_json::from_value(json!({
        "apiVersion": "akstool/v1", "kind": "Cluster",
        "metadata": { "name": evil, "location": evil },
        "network": {
            "plugin": "azure", "vnet": { "cidr": "10.10.0.0/16" },
            "subnets": { evil: { "cidr": "10.10.1.0/28" }, "nodes": { "cidr": "10.10.2.0/28" } },
            "peerings": [{ "name": evil, "vnet": { "id": evil }, "cidrs": ["10.10.0.0/16"] }],
        },
        "pools": [{ "name": evil, "mode": "system", "vmSize": evil, "count": 3 }],
    }))
    .unwrap();
    planned(&profile)
}

/// Tells whether every element that opens closes again, in order.
fn is_well_formed(markup: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for part in markup.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        match name {
            _ if tag.ends_with('/') || name.starts_with(['!', '?']) => {}
            "meta" | "br" => {}
            _ if name.starts_with('/') => {
                if open.pop() != Some(&name[1..]) {
                    return false;
                }
            }
            _ => open.push(name),
        }
    }
    open.is_empty()
}

#[test]
fn every_picture_is_well_formed_and_stands_alone() {
    for (name, address_plan) in builtins().iter().chain([&("hostile", hostile())]) {
        for markup in [svg(address_plan), html(address_plan)] {
            assert!(is_well_formed(&markup), "{name}");
            for word in ["<script", "<link", "href=", "src=", "url(", "@import", "javascript:"] {
                assert!(!markup.contains(word), "{name} holds {word}");
            }
            assert!(!markup.contains('\u{1b}'), "{name}");
        }
    }
}

#[test]
fn every_picture_can_be_listened_to() {
    for (name, address_plan) in builtins() {
        let picture = svg(&address_plan);
        assert!(picture.contains("role=\"img\"") && picture.contains("<desc id="), "{name}");
        for row in &address_plan.ranges {
            let shown = row.range.map(|range| range.to_string()).unwrap_or_default();
            assert!(picture.contains(&shown), "{name} lacks {shown}");
        }
    }
}

#[test]
fn both_looks_are_there() {
    assert!(STYLE.contains("prefers-color-scheme: dark"));
    for class in STYLE.lines().take_while(|line| !line.starts_with('@')).flat_map(|l| l.split('.'))
    {
        let name: String = class.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        let coloured = ["fill-", "used-", "edge-"].iter().any(|start| name.starts_with(start));
        let dark = STYLE.split_once('@').unwrap().1;
        assert!(!coloured || dark.contains(&format!(".{name} ")), "{name} has no dark form");
    }
}

#[test]
fn a_hundred_pools_are_drawn_in_part() {
    let pool =
        |i: usize| json!({ "name": format!("p{i}"), "mode": "system", "vmSize": "a", "count": 1 });
    let profile: Profile = serde_json::from_value(json!({
        "apiVersion": "akstool/v1", "kind": "Cluster",
        "metadata": { "name": "many", "location": "westeurope" },
        "network": { "plugin": "azure", "mode": "overlay" },
        "pools": (0..100).map(pool).collect::<Vec<_>>(),
    }))
    .unwrap();
    assert!(svg(&planned(&profile)).contains("and 89 more"));
}

/// Profiles that a checker would refuse as well: nothing here may depend on their good sense.
fn any_profile() -> impl Strategy<Value = Profile> {
    let plugin = prop::sample::select(&["kubenet", "azure", "none"][..]);
    let mode = prop::sample::select(&["node-subnet", "pod-subnet", "overlay"][..]);
    let range = (any::<[u8; 4]>(), 0_u8..=32, any::<bool>()).prop_map(|(bits, prefix, auto)| {
        let range = crate::address::Range::around(bits.into(), prefix).to_string();
        if auto { "auto".to_owned() } else { range }
    });
    let pool = (any::<u32>(), any::<u32>(), any::<u32>(), 1_u32..=100).prop_map(
        |(count, max, pods, surge)| {
            json!({ "name": "p", "vmSize": "a", "count": count, "maxPods": pods,
            "autoscale": { "min": 0, "max": max }, "maxSurge": format!("{surge}%") })
        },
    );
    let ranges = prop::collection::vec(range, 5);
    (plugin, mode, ranges, prop::collection::vec(pool, 0..4)).prop_map(|(plugin, mode, r, pools)| {
        serde_json::from_value(json!({
            "apiVersion": "akstool/v1", "kind": "Cluster",
            "metadata": { "name": "any", "location": "westeurope" },
            "network": {
                "plugin": plugin, "mode": mode, "podCidr": r[0], "serviceCidr": r[1],
                "vnet": { "cidr": r[2] }, "subnets": { "nodes": { "cidr": r[3] }, "pods": { "cidr": r[4] } },
            },
            "pools": pools,
        }))
        .expect("a profile")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_can_be_drawn(profile in any_profile()) {
        let address_plan = planned(&profile);
        prop_assert!(is_well_formed(&html(&address_plan)));
        let look = crate::ui::network::Look { width: 80, colour: false };
        prop_assert!(!crate::ui::network::draw(&address_plan, look).is_empty());
        prop_assert!(serde_json::to_string(&address_plan).is_ok());
    }
}
