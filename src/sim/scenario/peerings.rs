//! What the two halves of a peering make of each other.

use super::*;

struct Two(World);

fn network(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/{name}")
}

fn half(of: &str) -> String {
    format!("{}/virtualNetworkPeerings/p", network(of))
}

impl Two {
    async fn unpeered() -> Self {
        let world = World::new();
        world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
        let two = Self(world);
        two.space("a", &["10.1.0.0/16"]).await;
        two.space("b", &["10.2.0.0/16"]).await;
        two
    }

    async fn space(&self, name: &str, prefixes: &[&str]) {
        let space = json!({"addressPrefixes": prefixes});
        let body = json!({"location": "westeurope", "properties": {"addressSpace": space}});
        self.0.write("PUT", &network(name), body).await;
    }

    fn body(to: &str) -> Value {
        json!({"properties": {"remoteVirtualNetwork": {"id": network(to)}}})
    }

    async fn peer(&self, from: &str, to: &str) {
        self.0.write("PUT", &half(from), Self::body(to)).await;
    }

    /// State and level of a half, of itself and inside its network.
    async fn shows(&self, of: &str) -> (String, String) {
        let alone = self.0.get(&half(of)).await;
        let inside =
            self.0.get(&network(of)).await["properties"]["virtualNetworkPeerings"][0].clone();
        assert_eq!(inside["properties"], alone["properties"]);
        let text = |field: &str| alone["properties"][field].as_str().unwrap().to_owned();
        (text("peeringState"), text("peeringSyncLevel"))
    }

    async fn states(&self) -> [String; 2] {
        [self.shows("a").await.0, self.shows("b").await.0]
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_waits_connects_and_is_renewed_before_its_partner() {
    let two = Two::unpeered().await;
    two.peer("a", "b").await;
    assert_eq!(two.shows("a").await, ("Initiated".to_owned(), "RemoteNotInSync".to_owned()));
    two.peer("b", "a").await;
    assert_eq!(two.states().await, ["Connected", "Connected"]);
    two.0.write("DELETE", &half("b"), Value::Null).await;
    assert_eq!(two.shows("a").await.0, "Disconnected");
    let refused = two.0.refused("PUT", &half("b"), Two::body("a")).await;
    assert_eq!(refused, (400, "RemotePeeringIsDisconnected".to_owned()));
    two.peer("a", "b").await;
    assert_eq!(two.shows("a").await.0, "Initiated");
    two.peer("b", "a").await;
    assert_eq!(two.states().await, ["Connected", "Connected"]);
    two.0.write("DELETE", &network("b"), Value::Null).await;
    assert_eq!(two.shows("a").await.0, "Disconnected");
}

#[tokio::test(start_paused = true)]
async fn a_new_range_is_peered_once_it_is_synchronised() {
    let two = Two::unpeered().await;
    two.peer("a", "b").await;
    two.peer("b", "a").await;
    two.space("b", &["10.2.0.0/16", "10.3.0.0/16"]).await;
    let levels = async || [two.shows("a").await.1, two.shows("b").await.1];
    assert_eq!(levels().await, ["RemoteNotInSync", "LocalNotInSync"]);
    two.peer("a", "b").await;
    assert_eq!(
        levels().await,
        ["RemoteNotInSync", "LocalNotInSync"],
        "written and not synchronised"
    );
    let shown = two.0.get(&half("a")).await["properties"].clone();
    let count = |field: &str| shown[field]["addressPrefixes"].as_array().unwrap().len();
    assert_eq!((count("remoteAddressSpace"), count("remoteVirtualNetworkAddressSpace")), (1, 2));
    two.space("a", &["10.1.0.0/16", "10.4.0.0/16"]).await;
    assert_eq!(levels().await, ["LocalAndRemoteNotInSync"; 2]);
    for (from, to) in [("a", "b"), ("b", "a")] {
        let path = format!("{}?syncRemoteAddressSpace=true", half(from));
        let reply = two.0.call("PUT", &path, "2025-07-01", Two::body(to)).await;
        two.0.follow(&reply).await;
    }
    assert_eq!(levels().await, ["FullyInSync"; 2]);
}

#[tokio::test(start_paused = true)]
async fn no_range_stands_twice_among_peers() {
    let two = Two::unpeered().await;
    two.peer("a", "b").await;
    let space = json!({"addressPrefixes": ["10.1.0.0/16", "10.2.128.0/17"]});
    let body = json!({"location": "westeurope", "properties": {"addressSpace": space}});
    let refused = two.0.refused("PUT", &network("a"), body).await;
    assert_eq!(refused, (400, "VnetAddressSpacesOverlap".to_owned()));
    two.space("c", &["10.2.0.0/24"]).await;
    let other = format!("{}/virtualNetworkPeerings/q", network("a"));
    let refused = two.0.refused("PUT", &other, Two::body("c")).await;
    assert_eq!(refused, (400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet".to_owned()));
}
