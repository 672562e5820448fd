//! Worlds that once did not hold, spelt out: a seed draws another world as soon as a profile may have
//! one part more.

use super::draft::{Draft, Part};
use super::support::in_virtual_time;
use super::worlds::{Alone, Beside, Deed, Run, life_of_one, lives_of_two};

fn whole(model: &'static str, parts: &[Part]) -> Draft {
    Draft { model, parts: parts.to_vec(), taken: Vec::new() }
}

/// All that may be taken out is.
fn waning(model: &'static str, parts: &[Part]) -> Draft {
    Draft { model, parts: parts.to_vec(), taken: parts.to_vec() }
}

#[test]
fn one_environment() {
    let calm = |draft| Alone { draft, prune: false, placed: Vec::new(), rival: None };
    let worlds = [
        calm(whole("byo-cni", &[Part::Policy])),
        Alone {
            prune: true,
            placed: vec![Deed::Network, Deed::Subnet],
            rival: Some((Run::Down, Deed::Delete(16_265_563_215_030_993_421), 4)),
            ..calm(whole("azure-cni", &[Part::Endpoint]))
        },
        // The cluster becomes another hand's, and its nodes with it.
        Alone {
            placed: vec![Deed::Address, Deed::Network],
            rival: Some((Run::Change, Deed::Own(0), 0)),
            ..calm(whole("azure-cni", &[Part::Identity]))
        },
        // The network becomes another hand's, and the far half of its peering with it.
        Alone {
            rival: Some((Run::Up, Deed::Own(12_356_420_113_743_805_238), 25)),
            ..calm(whole("azure-cni", &[Part::Peering]))
        },
    ];
    for world in worlds {
        let told = format!("{world:?}");
        in_virtual_time(life_of_one(world)).unwrap_or_else(|error| panic!("{told}: {error}"));
    }
}

#[test]
fn two_environments() {
    let gateway = [Part::Endpoint, Part::Rule, Part::GatewayRoutes];
    let moving = [Part::Autoscaled, Part::Rule, Part::Route, Part::Identity];
    let tiered = [Part::Addresses, Part::Tier];
    let own_table = || whole("kubenet-existing-routes", &[]);
    let worlds = [
        (whole("byo-cni", &[Part::Policy]), whole("kubenet", &[]), Beside::Apart, false),
        (
            whole("existing-vnet", &[]),
            waning("kubenet-existing-routes", &gateway),
            Beside::Namesake,
            true,
        ),
        (own_table(), whole("kubenet-existing-routes", &gateway[1..]), Beside::Apart, false),
        // Both act as one identity; the right on the table serves the first alone.
        (
            whole("kubenet-existing-routes", &[Part::Identity]),
            Draft {
                model: "azure-pod-subnet-static",
                parts: [&moving[..], &tiered].concat(),
                taken: moving.to_vec(),
            },
            Beside::Apart,
            true,
        ),
        // What the host no longer attaches, the guest's cluster needs no right on.
        (
            waning("kubenet", &[Part::SecurityGroup, Part::NatGateway]),
            whole("private-registry", &[]),
            Beside::Guest,
            true,
        ),
    ];
    for (one, two, beside, prune) in worlds {
        for together in [false, true] {
            let told = format!("{one:?} {two:?} {beside:?} {together}");
            let lives = lives_of_two(one.clone(), two.clone(), beside, (prune, together));
            in_virtual_time(lives).unwrap_or_else(|error| panic!("{told}: {error}"));
        }
    }
}
