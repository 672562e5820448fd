//! Public IP addresses: what the world sees of a NAT gateway.

use serde_json::json;

use super::{Kind, Pace, Tags};
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
    // 1 to 3 s in the median, 5 at most (72 recorded); Retry-After 1.
    const PACE: Pace = Pace::seconds(3, 1, 600);
    const ETAG: Option<&'static str> = Some("etag");
    const HOLDS: &'static [&'static str] = &["properties.natGateway", "properties.ipConfiguration"];

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
}
