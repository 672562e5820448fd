//! Azure Bastion: the way in for those outside, to what has no public address.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Folded, Keyed, Rule, Server};
use crate::profile::schema::{Bastion, BastionSku};

/// An Azure Bastion.
#[derive(Clone, Debug)]
pub struct BastionHost {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// What the profile says of it.
    pub wish: Bastion,
    /// Where it stands.
    pub place: BastionPlace,
}

/// Where a Bastion stands.
#[derive(Clone, Debug)]
pub enum BastionPlace {
    /// In a subnet of its own, behind a public address.
    Dedicated {
        /// The subnet, `AzureBastionSubnet`.
        subnet: ResourceId,
        /// The address.
        public_ip: ResourceId,
    },
    /// In one of Azure's that is shared, with a way into this network.
    Shared(ResourceId),
}

impl Kind for BastionHost {
    const TYPE: &'static str = "Microsoft.Network/bastionHosts";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("sku.name"),
        Folded("sku.name"),
        Fixed("properties.virtualNetwork"),
        Keyed("properties.ipConfigurations", "name"),
        Fixed("properties.ipConfigurations[].properties.subnet"),
        Fixed("properties.ipConfigurations[].properties.publicIPAddress"),
        AbsentIs("properties.enableTunneling", Assumed::Flag(false)),
        Server("properties.dnsName"),
        // Answered, and in no version of the specification that is stored.
        Server("properties.publicUri"),
        Server("properties.ipConfigurations[].id"),
        Server("properties.ipConfigurations[].etag"),
        Server("properties.ipConfigurations[].type"),
        Server("properties.ipConfigurations[].properties.provisioningState"),
        Server("properties.ipConfigurations[].properties.privateIPAllocationMethod"),
    ];
    const TRAITS: Traits = Traits {
        noun: "Bastion",
        command: "network bastion",
        wants: "--vnet-name NETWORK --public-ip-address ADDRESS",
        pattern: Some("{name}-bastion"),
        // "About 10 minutes", says Azure (learn.microsoft.com/azure/bastion/tutorial-create-host-portal).
        pace: Pace::new(Takes { creation: 600, change: 300, deletion: 300 }, 10, 3600),
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
        quota: &["BastionHosts"],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let sku = match self.wish.sku_or_default() {
            BastionSku::Developer => "Developer",
            BastionSku::Basic => "Basic",
            BastionSku::Standard => "Standard",
            BastionSku::Premium => "Premium",
        };
        let mut body = Body::new(json!({
            "location": self.location, "tags": self.tags, "sku": { "name": sku }, "properties": {},
        }));
        match &self.place {
            BastionPlace::Dedicated { subnet, public_ip } => {
                let configuration = json!([{ "name": "bastion", "properties": {
                    "subnet": { "id": subnet }, "publicIPAddress": { "id": public_ip } } }]);
                body.set("properties.ipConfigurations", configuration);
            }
            BastionPlace::Shared(network) => {
                body.set("properties.virtualNetwork", json!({ "id": network }));
            }
        }
        if self.wish.sku_or_default() >= BastionSku::Standard {
            body.set("properties.enableTunneling", json!(self.wish.has_tunnel()));
            if let Some(units) = self.wish.scale_units {
                body.set("properties.scaleUnits", json!(units));
            }
        }
        body
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("whoever is connected through it is cut off".to_owned())
    }
}
