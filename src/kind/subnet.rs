//! Subnets: where nodes, and in some models pods, take their addresses.

use serde_json::{Map, Value, json};

use super::network::VirtualNetwork;
use super::{Claim, Kind, Listed, Pace, Removal, Takes, Traits};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{
    AbsentIs, Assumed, Clears, Fixed, Keyed, Owned, Rule, Server, Twin, Unordered,
};

/// A subnet.
///
/// What another hand attached to it (a service endpoint, a delegation, a security group) is not
/// named here and so survives every write.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// The id, under its virtual network.
    pub id: ResourceId,
    /// The ranges, one for each address family.
    pub prefixes: Vec<Range>,
    /// The route table to attach.
    pub route_table: Attached,
    /// The network security group to attach.
    pub security_group: Attached,
    /// The NAT gateway to attach.
    pub nat_gateway: Attached,
    /// The services that are reached without leaving Azure's network, `Microsoft.Storage` say; an
    /// empty list removes them, `None` leaves them alone.
    pub service_endpoints: Option<Vec<String>>,
    /// The services that the subnet is handed to, `Microsoft.ContainerService/managedClusters` say;
    /// an empty list removes all but AKS's own, `None` leaves them alone.
    pub delegations: Option<Vec<String>>,
    /// Whether machines reach the Internet without a way out of their own; `None` leaves it alone.
    pub default_outbound_access: Option<bool>,
    /// Which policies hold for private endpoints, in Azure's word; `None` leaves it alone.
    pub endpoint_policies: Option<&'static str>,
}

/// What a subnet has of a kind of which it has at most one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Attached {
    /// Whatever stands there.
    #[default]
    Unsaid,
    /// Nothing.
    Nothing,
    /// This.
    This(ResourceId),
}

impl From<Option<ResourceId>> for Attached {
    fn from(id: Option<ResourceId>) -> Self {
        id.map_or(Self::Unsaid, Self::This)
    }
}

impl Subnet {
    /// Returns the ranges of a subnet's body, which says one or several.
    pub fn ranges(body: &Value) -> Vec<Range> {
        let one = body.pointer("/properties/addressPrefix");
        let several = body.pointer("/properties/addressPrefixes").and_then(Value::as_array);
        let texts = one.into_iter().chain(several.into_iter().flatten()).filter_map(Value::as_str);
        texts.filter_map(|text| Range::parse(text).ok()).collect()
    }
}

impl Kind for Subnet {
    const TYPE: &'static str = "Microsoft.Network/virtualNetworks/subnets";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        // A range cannot change while anything stands in it; nodes always do.
        Fixed("properties.addressPrefix"),
        Fixed("properties.addressPrefixes"),
        Unordered("properties.addressPrefixes"),
        Twin("properties.addressPrefix", "addressPrefixes"),
        AbsentIs("properties.defaultOutboundAccess", Assumed::Flag(true)),
        // A service is handed a subnet once, whatever the delegation is called.
        Keyed("properties.delegations", "name"),
        Keyed("properties.serviceEndpoints", "service"),
        Clears("properties.delegations"),
        Clears("properties.serviceEndpoints"),
        // AKS hands itself the subnet of its pods.
        Owned("properties.delegations", "aks-delegation"),
        Server("properties.ipConfigurations"),
        Server("properties.ipConfigurationProfiles"),
        Server("properties.applicationGatewayIPConfigurations"),
        Server("properties.privateEndpoints"),
        Server("properties.purpose"),
        Server("properties.resourceNavigationLinks"),
        Server("properties.serviceAssociationLinks"),
        Server("properties.serviceEndpoints[].provisioningState"),
        Server("properties.delegations[].id"),
        Server("properties.delegations[].etag"),
        Server("properties.delegations[].type"),
        Server("properties.delegations[].properties.actions"),
        Server("properties.delegations[].properties.provisioningState"),
    ];
    const TRAITS: Traits = Traits {
        noun: "subnet",
        command: "network vnet subnet",
        wants: "",
        pattern: None,
        // 2 s in the median, 17 at most (70 recorded); Retry-After 3.
        pace: Pace::new(Takes { creation: 3, change: 3, deletion: 10 }, 3, 600),
        removal: Removal::WithParent,
        claim: Claim::Listed(Listed { tag: "akstool-subnets", list: "subnets" }),
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &[],
        users: &[
            "properties.ipConfigurations",
            "properties.ipConfigurationProfiles",
            "properties.applicationGatewayIPConfigurations",
            "properties.privateEndpoints",
            "properties.resourceNavigationLinks",
            "properties.serviceAssociationLinks",
        ],
        linked_by: None,
        join: Some("join/action"),
        quota: &[],
        way_out: &["properties.natGateway", "properties.routeTable"],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let mut properties = Map::new();
        match self.prefixes.as_slice() {
            [one] => properties.insert("addressPrefix".into(), json!(one)),
            more => properties.insert("addressPrefixes".into(), json!(more)),
        };
        let attachments = [
            ("routeTable", &self.route_table),
            ("networkSecurityGroup", &self.security_group),
            ("natGateway", &self.nat_gateway),
        ];
        for (name, id) in attachments {
            match id {
                Attached::Unsaid => None,
                Attached::Nothing => properties.insert(name.into(), Value::Null),
                Attached::This(id) => properties.insert(name.into(), json!({ "id": id })),
            };
        }
        if let Some(services) = &self.service_endpoints {
            let endpoint = |service: &String| json!({ "service": service });
            let endpoints: Vec<Value> = services.iter().map(endpoint).collect();
            properties.insert("serviceEndpoints".into(), json!(endpoints));
        }
        if let Some(services) = &self.delegations {
            let delegation = |service: &String| {
                let name = service.replace(['/', '.'], "-");
                json!({ "name": name, "properties": { "serviceName": service } })
            };
            let delegations: Vec<Value> = services.iter().map(delegation).collect();
            properties.insert("delegations".into(), json!(delegations));
        }
        if let Some(access) = self.default_outbound_access {
            properties.insert("defaultOutboundAccess".into(), json!(access));
        }
        if let Some(policies) = self.endpoint_policies {
            properties.insert("privateEndpointNetworkPolicies".into(), json!(policies));
        }
        Body::new(json!({ "properties": Value::Object(properties) }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(standing: &Value) -> Option<String> {
        VirtualNetwork::loses(standing)
    }
}
