//! Route tables: under kubenet the way to every node's pods, under an appliance the way out.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Claim, Kind, Listed, Pace, Removal, Tags, Takes, Traits};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{
    AbsentIs, Assumed, Displaces, Fixed, Folded, Goes, Keyed, Rule, Server, When,
};

/// One route.
#[derive(Clone, Debug)]
pub struct Route {
    /// The name.
    pub name: String,
    /// Where it leads.
    pub prefix: Range,
    /// What takes it, in Azure's word.
    pub next_hop: &'static str,
    /// The address of the appliance, if one takes it.
    pub appliance: Option<IpAddr>,
}

/// A route table.
///
/// AKS writes one route for each node into a kubenet table; routes meet by name, so those stay.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// The routes that the profile asks for.
    pub routes: Vec<Route>,
    /// Whether it takes a gateway's routes; `None` leaves that alone.
    pub gateway_routes: Option<bool>,
}

impl Kind for RouteTable {
    const TYPE: &'static str = "Microsoft.Network/routeTables";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Keyed("properties.routes", "name"),
        Displaces("properties.routes", &["properties.addressPrefix"]),
        Folded("properties.routes[].properties.nextHopType"),
        Goes(
            "properties.routes[].properties.nextHopIpAddress",
            When::Other("nextHopType", &["VirtualAppliance"]),
        ),
        AbsentIs("properties.disableBgpRoutePropagation", Assumed::Flag(false)),
        Server("properties.subnets"),
        Server("properties.routes[].id"),
        Server("properties.routes[].etag"),
        Server("properties.routes[].type"),
        Server("properties.routes[].properties.provisioningState"),
        Server("properties.routes[].properties.hasBgpOverride"),
    ];
    const TRAITS: Traits = Traits {
        noun: "route table",
        command: "network route-table",
        wants: "",
        pattern: Some("{name}-routes"),
        // 3 s in the median, 4 at most (14 recorded); Retry-After 2.
        pace: Pace::new(Takes { creation: 3, change: 3, deletion: 3 }, 2, 600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: Some(Listed { tag: "akstool-routes", list: "routes" }),
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &["properties.routes", "properties.subnets"],
        users: &["properties.subnets"],
        linked_by: None,
        join: Some("join/action"),
        quota: &["RouteTables"],
        way_out: &["properties.routes"],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let routes: Vec<Value> = self
            .routes
            .iter()
            .map(|route| {
                let mut route_body = json!({ "name": route.name, "properties": {
                    "addressPrefix": route.prefix,
                    "nextHopType": route.next_hop,
                }});
                if let Some(appliance) = route.appliance {
                    route_body["properties"]["nextHopIpAddress"] = json!(appliance);
                }
                route_body
            })
            .collect();
        let mut body =
            Body::new(json!({ "location": self.location, "tags": self.tags, "properties": {} }));
        if !routes.is_empty() {
            body.set("properties.routes", Value::from(routes));
        }
        if let Some(taken) = self.gateway_routes {
            body.set("properties.disableBgpRoutePropagation", json!(!taken));
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
        Some("what others attached to it, or wrote into it, is lost".to_owned())
    }
}
