//! Private endpoints: an address in a subnet behind which a resource of Azure answers.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Folded, Keyed, Rule, Server, Unordered};

/// A private endpoint.
#[derive(Clone, Debug)]
pub struct PrivateEndpoint {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// The subnet that the address is of.
    pub subnet: ResourceId,
    /// What answers behind it: an id, or a reference to one.
    pub to: Value,
    /// Which parts of that answer, `registry` say.
    pub groups: Vec<String>,
}

impl Kind for PrivateEndpoint {
    const TYPE: &'static str = "Microsoft.Network/privateEndpoints";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("properties.subnet"),
        Keyed("properties.privateLinkServiceConnections", "name"),
        Fixed("properties.privateLinkServiceConnections[].properties.privateLinkServiceId"),
        Folded("properties.privateLinkServiceConnections[].properties.privateLinkServiceId"),
        Fixed("properties.privateLinkServiceConnections[].properties.groupIds"),
        Unordered("properties.privateLinkServiceConnections[].properties.groupIds"),
        Fixed("properties.customNetworkInterfaceName"),
        Server("properties.networkInterfaces"),
        Server("properties.customDnsConfigs"),
        Server("properties.privateLinkServiceConnections[].id"),
        Server("properties.privateLinkServiceConnections[].etag"),
        Server("properties.privateLinkServiceConnections[].type"),
        Server("properties.privateLinkServiceConnections[].properties.provisioningState"),
        Server(
            "properties.privateLinkServiceConnections[].properties.privateLinkServiceConnectionState",
        ),
    ];
    const TRAITS: Traits = Traits {
        noun: "private endpoint",
        command: "network private-endpoint",
        wants: "--subnet SUBNET --private-connection-resource-id ID --connection-name NAME",
        pattern: None,
        // Chosen, as nothing is recorded: about what other tools report.
        pace: Pace::new(Takes { creation: 45, change: 45, deletion: 30 }, 5, 1800),
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
        Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "properties": {
                "subnet": { "id": self.subnet },
                "privateLinkServiceConnections": [{
                    "name": self.id.name(),
                    "properties": { "privateLinkServiceId": self.to, "groupIds": self.groups },
                }],
            },
        }))
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
