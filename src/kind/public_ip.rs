//! Public IP addresses: what the world sees of a NAT gateway.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Folded, Rule, Server};

/// A static public IPv4 address of the Standard SKU; a NAT gateway takes no other.
#[derive(Clone, Debug)]
pub struct PublicIp {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
}

impl Kind for PublicIp {
    const TYPE: &'static str = "Microsoft.Network/publicIPAddresses";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("sku.name"),
        Fixed("properties.publicIPAddressVersion"),
        Folded("properties.publicIPAllocationMethod"),
        AbsentIs("sku.tier", Assumed::Text("Regional")),
        Server("properties.ipConfiguration"),
        Server("properties.natGateway"),
        Server("properties.linkedPublicIPAddress"),
        Server("properties.servicePublicIPAddress"),
        Server("properties.ipAddress"),
    ];
    const TRAITS: Traits = Traits {
        noun: "public IP address",
        command: "network public-ip",
        wants: "--sku Standard",
        pattern: Some("{name}-egress-{number}"),
        // 1 to 3 s in the median, 5 at most (72 recorded); Retry-After 1.
        pace: Pace::new(Takes { creation: 3, change: 3, deletion: 3 }, 1, 600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &["properties.natGateway", "properties.ipConfiguration"],
        users: &["properties.ipConfiguration", "properties.natGateway"],
        linked_by: None,
        join: Some("join/action"),
        quota: &["PublicIPAddresses", "StandardSkuPublicIpAddresses"],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "sku": { "name": "Standard" },
            "properties": {
                "publicIPAllocationMethod": "Static",
                "publicIPAddressVersion": "IPv4",
            },
        }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(standing: &Value) -> Option<String> {
        let address = standing.pointer("/properties/ipAddress").and_then(Value::as_str);
        let its =
            address.map_or_else(|| "its address".to_owned(), |one| format!("its address {one}"));
        Some(format!("{its} is lost, and the next is another one"))
    }
}
