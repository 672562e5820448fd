//! Container registries: where the images come from that nodes run.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, CreateOnly, Fixed, Folded, Rule, Server};
use crate::profile::schema::{Registry as Wish, RegistrySku};

/// A container registry.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The id; its name is the whole world's.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// What the profile says of it.
    pub wish: Wish,
}

impl Kind for Registry {
    const TYPE: &'static str = "Microsoft.ContainerRegistry/registries";
    const API: ApiVersion = ApiVersion::new("2025-11-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Folded("sku.name"),
        Server("sku.tier"),
        // Said when a registry is made, and `Fixed` after that for those who say it raw.
        Fixed("properties.zoneRedundancy"),
        AbsentIs("properties.adminUserEnabled", Assumed::Flag(false)),
        AbsentIs("properties.anonymousPullEnabled", Assumed::Flag(false)),
        AbsentIs("properties.publicNetworkAccess", Assumed::Text("Enabled")),
        Server("properties.loginServer"),
        Server("properties.creationDate"),
        Server("properties.status"),
        Server("properties.dataEndpointHostNames"),
        Server("properties.privateEndpointConnections"),
        Server("properties.policies.retentionPolicy.lastUpdatedTime"),
        Server("properties.policies.softDeletePolicy.lastUpdatedTime"),
        Server("identity.principalId"),
        Server("identity.tenantId"),
    ];
    const TRAITS: Traits = Traits {
        noun: "container registry",
        command: "acr",
        wants: "--sku Basic",
        // What the letters of its environment leave room for is told apart by what follows from
        // the group: two teams may both have a `demo`, and Azure takes a name once in the world.
        pattern: Some("{letters}{unique}"),
        // Made at once, in 4 s; deleted in 10 (recorded with 2021-09-01 and 2023-07-01).
        pace: Pace::new(Takes { creation: 4, change: 3, deletion: 10 }, 5, 900),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: None,
        asks: None,
        for_good: None,
        holds: &["properties.privateEndpointConnections"],
        users: &["properties.privateEndpointConnections"],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let sku = match self.wish.sku.unwrap_or_default() {
            RegistrySku::Basic => "Basic",
            RegistrySku::Standard => "Standard",
            RegistrySku::Premium => "Premium",
        };
        Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "sku": { "name": sku },
            "properties": { "adminUserEnabled": self.wish.admin_user.unwrap_or(false) },
        }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        const SKU: &[Rule] = &[CreateOnly("sku.name")];
        const ADMIN: &[Rule] = &[CreateOnly("properties.adminUserEnabled")];
        const BOTH: &[Rule] = &[CreateOnly("sku.name"), CreateOnly("properties.adminUserEnabled")];
        match (self.wish.sku.is_some(), self.wish.admin_user.is_some()) {
            (true, true) => &[],
            (false, true) => SKU,
            (true, false) => ADMIN,
            (false, false) => BOTH,
        }
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("every image in it is lost".to_owned())
    }
}
