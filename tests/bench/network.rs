//! The address plan: overlaps, comparisons, pictures.

use std::hint::black_box;

use akstool::address::{Range, Role, conflicts};
use akstool::address_plan::{address_plan, compare};
use akstool::profile::{Overrides, Profile, Surroundings, builtin, load};
use akstool::ui::{network, picture};
use serde_json::json;

use super::{Figure, median};

/// Ten thousand ranges of many sizes, spread by a fixed rule so that some overlap.
fn many_ranges() -> Vec<(Range, Role)> {
    let spread = |i: u32| i.wrapping_mul(2_654_435_761).to_be_bytes();
    let range = |i: u32| Range::around(spread(i).into(), 16 + u8::try_from(i % 13).unwrap_or(0));
    (0..10_000).map(|i| (range(i), Role::Network)).collect()
}

/// A hundred pools with an autoscaler each.
fn many_pools() -> Profile {
    let pool = |i: u32| {
        json!({
            "name": format!("p{i}"), "mode": "system", "vmSize": "Standard_D2s_v5",
            "autoscale": { "min": 1, "max": 3 }, "maxPods": 30 + i,
        })
    };
    serde_json::from_value(json!({
        "apiVersion": "akstool/v1", "kind": "Cluster",
        "metadata": { "name": "many", "location": "westeurope" },
        "network": {
            "plugin": "azure", "vnet": { "cidr": "10.0.0.0/9" },
            "subnets": { "nodes": { "cidr": "10.0.0.0/16" } },
        },
        "cluster": { "tier": "standard" },
        "pools": (0..100).map(pool).collect::<Vec<_>>(),
    }))
    .expect("a profile")
}

pub(super) fn figures() -> Vec<Figure> {
    let ranges = many_ranges();
    let same = vec![ranges[0]; 10_000];
    let around = Surroundings::default();
    let pools = many_pools();
    let slowest = |run: &dyn Fn(&Profile)| {
        let profiles = builtin::ALL.iter().map(|b| {
            load(b.text.as_bytes(), b.name, &Overrides::default()).expect("holds").profile
        });
        let took = profiles.map(|profile| median(21, || run(black_box(&profile))));
        took.max().unwrap_or_default()
    };
    let plan = |profile: &Profile| {
        let look = network::Look { width: 120, colour: true };
        drop(black_box(network::draw(&address_plan(profile, &around), look)));
    };
    let page = |profile: &Profile| drop(black_box(picture::html(&address_plan(profile, &around))));
    vec![
        Figure::millis(
            "overlaps among 10,000 ranges",
            median(21, || drop(conflicts(black_box(&ranges)))),
            50.0,
        ),
        Figure::millis(
            "overlaps among 10,000 equal ranges",
            median(21, || drop(conflicts(black_box(&same)))),
            50.0,
        ),
        Figure::millis(
            "all models for 100 pools",
            median(21, || drop(compare(black_box(&pools), &around))),
            20.0,
        ),
        Figure::millis("address plan of the slowest built-in profile", slowest(&plan), 15.0),
        Figure::millis("the same as an HTML page", slowest(&page), 15.0),
    ]
}
