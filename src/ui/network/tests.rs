//! What people read, at several widths.

use serde_json::json;

use super::*;
use crate::address_plan::{address_plan, compare};
use crate::profile::{Overrides, Profile, Surroundings, builtin, load};

fn planned(name: &str) -> AddressPlan {
    let builtin = builtin::find(name).expect(name);
    let loaded = load(builtin.text.as_bytes(), name, &Overrides::default()).expect(name);
    let mut address_plan = address_plan(&loaded.profile, &Surroundings::default());
    address_plan.compare = Some(compare(&loaded.profile, &Surroundings::default()));
    address_plan
}

fn plain(address_plan: &AddressPlan, width: usize) -> String {
    draw(address_plan, Look { width, colour: false })
}

#[test]
fn kubenet_reads_well_at_100_columns() {
    insta::assert_snapshot!(plain(&planned("kubenet"), 100));
}

#[test]
fn node_subnet_reads_well_at_60_columns() {
    insta::assert_snapshot!(plain(&planned("azure-cni"), 60));
}

#[test]
fn no_line_is_wider_than_asked() {
    for builtin in builtin::ALL {
        let address_plan = planned(builtin.name);
        for width in [60, 80, 100, 133, 200] {
            for line in plain(&address_plan, width).lines() {
                assert!(line.chars().count() <= width, "{} at {width}: {line}", builtin.name);
            }
        }
    }
}

#[test]
fn colour_changes_no_words() {
    let address_plan = planned("kubenet");
    let painted = draw(&address_plan, Look { width: 100, colour: true });
    assert_ne!(painted, plain(&address_plan, 100));
    assert_eq!(anstream::adapter::strip_str(&painted).to_string(), plain(&address_plan, 100));
}

#[test]
fn what_does_not_fit_and_what_collides_is_said() {
    let profile: Profile = serde_json::from_value(json!({
        "apiVersion": "akstool/v1", "kind": "Cluster",
        "metadata": { "name": "de\u{1b}[2Jmo", "location": "westeurope" },
        "network": {
            "plugin": "azure", "serviceCidr": "10.10.0.0/16", "vnet": { "cidr": "10.10.0.0/16" },
            "subnets": { "nodes": { "cidr": "10.10.1.0/26" }, "tiny": { "cidr": "10.10.2.0/29" } },
        },
        "pools": [
            { "name": "system", "mode": "system", "vmSize": "a", "count": 3 },
            { "name": "apps", "vmSize": "a", "autoscale": { "min": 0, "max": 9 }, "subnet": "tiny" },
        ],
    }))
    .unwrap();
    let text = plain(&address_plan(&profile, &Surroundings::default()), 100);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(
        text.contains("!! the virtual network 10.10.0.0/16 overlaps services 10.10.0.0/16."),
        "{text}"
    );
    assert!(text.contains("!! The subnet `nodes` 10.10.1.0/26 is short of 34 addresses"), "{text}");
    assert!(text.contains("NOT its most"), "{text}");
    assert!(text.contains("short of 65"), "{text}");
}
