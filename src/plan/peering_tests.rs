//! What is made of the states of peerings.

use serde_json::json;

use super::*;
use crate::compose::link;
use crate::plan::Observation;

fn network(name: &str) -> ResourceId {
    ResourceId::resource_group("s", "g").resource(VirtualNetwork::TYPE, name)
}

fn half(from: &str, to: &str) -> Resource {
    Resource::from(Peering {
        id: network(from).child("virtualNetworkPeerings", to),
        remote: network(to),
        forwarded_traffic: true,
        gateway_transit: false,
        remote_gateways: false,
    })
}

fn body(state: &str, level: &str) -> Value {
    json!({ "properties": { "peeringState": state, "peeringSyncLevel": level } })
}

fn observed(states: &[(&Resource, &str)]) -> Observed {
    let mut observed = Observed::default();
    for (half, state) in states {
        let found = Observation::Present(body(state, "FullyInSync"));
        observed.resources.insert(half.id.clone(), found);
    }
    observed
}

#[test]
fn a_half_that_lost_its_other_and_one_that_fell_behind_are_written_again() {
    let of = |state, level| unwell(Peering::TYPE, &body(state, level));
    assert_eq!(of("Connected", "FullyInSync"), None);
    assert_eq!(of("Disconnected", "FullyInSync"), Some(Reason::Disconnected));
    assert_eq!(of("Connected", "RemoteNotInSync"), Some(Reason::OutOfStep));
    assert_eq!(of("Connected", "LocalNotInSync"), Some(Reason::OutOfStep));
    assert_eq!(of("Initiated", "RemoteNotInSync"), None, "it waits for its other half");
    assert_eq!(unwell(Peering::TYPE, &json!({})), None);
    assert_eq!(unwell(VirtualNetwork::TYPE, &body("Disconnected", "")), None);
}

#[test]
fn the_half_that_lost_its_other_comes_first_whichever_it_is() {
    let (here, there) = (half("spoke", "hub"), half("hub", "spoke"));
    let graph = link(vec![there.clone(), here.clone()]);
    let first = |states: &[(&Resource, &str)]| pairs(&graph, &observed(states));
    assert_eq!(first(&[(&here, "Disconnected")]), [(here.id.clone(), there.id.clone())]);
    assert_eq!(first(&[(&there, "Disconnected")]), [(there.id.clone(), here.id.clone())]);
    assert_eq!(first(&[(&here, "Connected"), (&there, "Connected")]), []);
}

#[test]
fn a_half_of_others_is_waited_for_in_words() {
    let here = half("spoke", "hub");
    let said = |halves: Vec<Resource>| waiting(&link(halves), &observed(&[(&here, "Initiated")]));
    let [sentence] = &said(vec![here.clone()])[..] else { panic!("one sentence") };
    assert!(sentence.contains("whoever has network `hub`"), "{sentence}");
    assert_eq!(said(vec![half("hub", "spoke"), here.clone()]), [""; 0], "it is made here");
}
