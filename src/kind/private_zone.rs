//! Private DNS zones: names that only linked virtual networks find.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Rule, Server};

/// A private DNS zone. It stands in no region.
#[derive(Clone, Debug)]
pub struct PrivateZone {
    /// The id; its name is the zone's.
    pub id: ResourceId,
    /// The tags.
    pub tags: Tags,
}

impl Kind for PrivateZone {
    const TYPE: &'static str = "Microsoft.Network/privateDnsZones";
    const API: ApiVersion = ApiVersion::new("2024-06-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Server("properties.internalId"),
        Server("properties.maxNumberOfRecordSets"),
        Server("properties.maxNumberOfVirtualNetworkLinks"),
        Server("properties.maxNumberOfVirtualNetworkLinksWithRegistration"),
        Server("properties.numberOfRecordSets"),
        Server("properties.numberOfVirtualNetworkLinks"),
        Server("properties.numberOfVirtualNetworkLinksWithRegistration"),
    ];
    const TRAITS: Traits = Traits {
        noun: "private DNS zone",
        command: "network private-dns zone",
        wants: "",
        pattern: None,
        // Chosen: the service asks to be asked after 30 s, and answers at the first or second time.
        pace: Pace::new(Takes { creation: 35, change: 35, deletion: 35 }, 15, 1800),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        // Records that others wrote go with it.
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: Some("join/action"),
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({ "location": "global", "tags": self.tags, "properties": {} }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("every name in it is lost, also those that others wrote".to_owned())
    }
}
