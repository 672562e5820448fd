//! Virtual network links: which networks find the names of a private DNS zone.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Folded, Rule, Server};

/// The link of a private DNS zone with a virtual network.
#[derive(Clone, Debug)]
pub struct ZoneLink {
    /// The id, under its zone.
    pub id: ResourceId,
    /// The tags.
    pub tags: Tags,
    /// The network that finds the names.
    pub network: ResourceId,
}

impl Kind for ZoneLink {
    const TYPE: &'static str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
    const API: ApiVersion = ApiVersion::new("2024-06-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("properties.virtualNetwork"),
        Folded("properties.virtualNetwork.id"),
        Server("properties.virtualNetworkLinkState"),
        Server("properties.resolutionPolicy"),
    ];
    const TRAITS: Traits = Traits {
        noun: "virtual network link",
        command: "network private-dns link vnet",
        wants: "",
        pattern: None,
        // As its zone's.
        pace: Pace::new(Takes { creation: 35, change: 35, deletion: 35 }, 15, 1800),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({ "location": "global", "tags": self.tags, "properties": {
            "virtualNetwork": { "id": self.network },
            // Names of machines belong into a zone of their own; of one network only one zone takes
            // them.
            "registrationEnabled": false,
        }}))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}
