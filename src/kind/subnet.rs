//! Subnets: where nodes, and in some models pods, take their addresses.

use serde_json::{Map, Value, json};

use super::{Kind, Pace, Removal};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Keyed, Rule, Server, Twin, Unordered};

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
    pub route_table: Option<ResourceId>,
    /// The network security group to attach.
    pub security_group: Option<ResourceId>,
    /// The NAT gateway to attach.
    pub nat_gateway: Option<ResourceId>,
    /// The services that are reached without leaving Azure's network, `Microsoft.Storage` say.
    pub service_endpoints: Vec<String>,
    /// The service that the subnet is handed to, `Microsoft.ContainerService/managedClusters` say.
    pub delegation: Option<&'static str>,
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
        Keyed("properties.delegations", "name"),
        Keyed("properties.serviceEndpoints", "service"),
        Server("properties.ipConfigurations"),
        Server("properties.ipConfigurationProfiles"),
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
    // 2 s in the median, 17 at most (70 recorded); Retry-After 3.
    const PACE: Pace = Pace::seconds(3, 3, 600);
    const REMOVAL: Removal = Removal::WithParent;
    const TAGGED: bool = false;
    const ETAG: Option<&'static str> = Some("etag");

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
            if let Some(id) = id {
                properties.insert(name.into(), json!({ "id": id }));
            }
        }
        if !self.service_endpoints.is_empty() {
            let endpoint = |service: &String| json!({ "service": service });
            let endpoints: Vec<Value> = self.service_endpoints.iter().map(endpoint).collect();
            properties.insert("serviceEndpoints".into(), json!(endpoints));
        }
        if let Some(service) = self.delegation {
            let delegation = json!({ "name": "aks", "properties": { "serviceName": service } });
            properties.insert("delegations".into(), json!([delegation]));
        }
        Body::new(json!({ "properties": Value::Object(properties) }))
    }
}
