//! What fits into tags, and what comes out of them again.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn written(words: &BTreeSet<String>, room: usize) -> (Vec<(String, String)>, Value) {
    let tags = SUBNETS.tags(words, room);
    let map: Map<String, Value> = tags.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    (tags, json!({ "tags": map }))
}

proptest! {
    #[test]
    fn what_is_remembered_fits_azures_limits_and_is_read_again(
        words in prop::collection::btree_set("[a-zA-Z0-9_.-]{1,80}", 0..120),
        room in 4_usize..47,
    ) {
        let (tags, body) = written(&words, room);
        prop_assert!(tags.len() <= room);
        prop_assert!(tags.iter().all(|(_, value)| value.chars().count() <= 256 && !value.is_empty()));
        let read = SUBNETS.read(&body);
        prop_assert_eq!(read.is_none(), words.is_empty());
        let read = read.unwrap_or_default();
        prop_assert!(words.iter().all(|word| read.holds(&word.to_ascii_uppercase())));
        prop_assert!(!read.holds("another-name-that-nobody-wrote"));
    }
}

#[test]
fn a_tag_that_only_begins_alike_remembers_nothing() {
    let body = json!({ "tags": { "akstool-subnets-of": "a", "AKSTOOL-SUBNETS-2": "b" } });
    let words = SUBNETS.read(&body).expect("the second is one of ours");
    assert!(words.holds("b") && !words.holds("a"));
}

#[test]
fn an_id_of_another_group_comes_back_as_it_was() {
    let here = ResourceId::resource_group("s", "demo");
    for (subscription, word) in [("s", "net/hub/demo-hub"), ("t", "t/net/hub/demo-hub")] {
        let hub =
            ResourceId::resource_group(subscription, "net").resource(VirtualNetwork::TYPE, "hub");
        let half = hub.child("virtualNetworkPeerings", "demo-hub");
        assert_eq!(short(&half, &here).as_deref(), Some(word));
        let body = json!({ "tags": { "akstool-elsewhere": word } });
        assert_eq!(peerings_elsewhere(&here, &body), [half]);
    }
}
