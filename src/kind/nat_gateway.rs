//! NAT gateways: many nodes, few addresses on the way out.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Fixed, Rule, Server, Unordered};

/// A NAT gateway.
#[derive(Clone, Debug)]
pub struct NatGateway {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// The addresses it sends from, 1 to 16.
    pub public_ips: Vec<ResourceId>,
    /// The prefixes it sends from.
    pub prefixes: Vec<ResourceId>,
    /// Whether the profile says how many addresses, or which.
    pub counts: bool,
    /// How long an idle flow is kept, 4 to 120 minutes.
    pub idle_timeout_minutes: Option<u32>,
}

impl Kind for NatGateway {
    const TYPE: &'static str = "Microsoft.Network/natGateways";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("sku.name"),
        Unordered("properties.publicIpAddresses"),
        Unordered("properties.publicIpPrefixes"),
        Server("properties.subnets"),
        // Answered, and in no version of the specification that is stored.
        Server("properties.privateIPAddresses"),
        Server("properties.privateIPAddressesV6"),
        Server("properties.scope"),
        Server("sku.tier"),
    ];
    const TRAITS: Traits = Traits {
        noun: "NAT gateway",
        command: "network nat gateway",
        wants: "--public-ip-addresses ADDRESS",
        pattern: Some("{name}-natgw"),
        // 14 s in the median, 16 at most (8 recorded); Retry-After 10.
        pace: Pace::new(Takes { creation: 14, change: 14, deletion: 14 }, 5, 600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &["properties.subnets"],
        users: &["properties.subnets"],
        linked_by: None,
        join: Some("join/action"),
        quota: &["NatGateways"],
        way_out: &[
            "properties.publicIpAddresses",
            "properties.publicIpAddressesV6",
            "properties.publicIpPrefixes",
            "properties.publicIpPrefixesV6",
        ],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let ips: Vec<Value> = self.public_ips.iter().map(|id| json!({ "id": id })).collect();
        let mut body = Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "sku": { "name": "Standard" },
            "properties": { "publicIpAddresses": ips },
        }));
        if !self.prefixes.is_empty() {
            let ids: Vec<Value> = self.prefixes.iter().map(|id| json!({ "id": id })).collect();
            body.set("properties.publicIpPrefixes", Value::from(ids));
        }
        if let Some(minutes) = self.idle_timeout_minutes {
            body.set("properties.idleTimeoutInMinutes", json!(minutes));
        }
        body
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    /// Addresses that nobody counts stay: whoever allowed them elsewhere relies on them.
    fn unsaid(&self) -> &'static [Rule] {
        if self.counts { &[] } else { &[CreateOnly("properties.publicIpAddresses")] }
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("what others attached to it, or wrote into it, is lost".to_owned())
    }
}
