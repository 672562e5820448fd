//! Zone groups: the names of a private endpoint, written into private DNS zones by Azure.

use serde_json::{Value, json};

use super::{Claim, Kind, Listed, Pace, Removal, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Folded, Keyed, Rule, Server};

/// The zones that an endpoint's name stands in.
#[derive(Clone, Debug)]
pub struct ZoneGroup {
    /// The id, under its endpoint.
    pub id: ResourceId,
    /// The zone.
    pub zone: ResourceId,
}

impl Kind for ZoneGroup {
    const TYPE: &'static str = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Keyed("properties.privateDnsZoneConfigs", "name"),
        Folded("properties.privateDnsZoneConfigs[].properties.privateDnsZoneId"),
        Server("properties.privateDnsZoneConfigs[].id"),
        Server("properties.privateDnsZoneConfigs[].etag"),
        Server("properties.privateDnsZoneConfigs[].type"),
        Server("properties.privateDnsZoneConfigs[].properties.provisioningState"),
        Server("properties.privateDnsZoneConfigs[].properties.recordSets"),
    ];
    const TRAITS: Traits = Traits {
        noun: "zone group",
        command: "network private-endpoint dns-zone-group",
        wants: "",
        pattern: None,
        // Chosen, as nothing is recorded.
        pace: Pace::new(Takes { creation: 15, change: 15, deletion: 15 }, 5, 900),
        // The names go with the endpoint that they lead to.
        removal: Removal::WithParent,
        claim: Claim::Listed(Listed { tag: "akstool-zone-groups", list: "privateDnsZoneGroups" }),
        items: None,
        inline: None,
        is_missed: false,
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
        let name = self.zone.name().replace('.', "-");
        let zone = json!({ "name": name, "properties": { "privateDnsZoneId": self.zone } });
        Body::new(json!({ "properties": { "privateDnsZoneConfigs": [zone] } }))
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
