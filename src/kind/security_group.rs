//! Network security groups: which traffic a subnet lets in.

use serde_json::{Value, json};

use super::{Claim, Kind, Listed, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Displaces, Fixed, Folded, Keyed, Rule, Server, Twin};

/// One rule, in Azure's words.
#[derive(Clone, Debug)]
pub struct SecurityRule {
    /// The name.
    pub name: String,
    /// 100 to 4096; the lowest number decides first.
    pub priority: u16,
    /// Where the traffic comes from: a range or a service tag.
    pub source: String,
    /// Where it goes: a range or a service tag.
    pub destination: String,
    /// `Inbound` or `Outbound`.
    pub direction: &'static str,
    /// `Allow` or `Deny`.
    pub access: &'static str,
    /// `Tcp`, `Udp`, `Icmp` or `*`.
    pub protocol: &'static str,
    /// The ports it goes to; none is all.
    pub ports: Vec<String>,
}

impl SecurityRule {
    /// Returns the rules without which nodes and pods do not reach each other: Azure's own let
    /// traffic in from the virtual network, and pods with a range of their own do not come from
    /// there (concepts-network-azure-cni-overlay).
    pub fn for_pods(range: &str) -> Vec<Self> {
        let rule = |name: &str, priority, source: &str, destination: &str| Self {
            name: name.to_owned(),
            priority,
            source: source.to_owned(),
            destination: destination.to_owned(),
            direction: "Inbound",
            access: "Allow",
            protocol: "*",
            ports: Vec::new(),
        };
        vec![
            rule("nodes-to-pods", 1000, "VirtualNetwork", range),
            rule("pods-to-pods", 1010, range, range),
            rule("pods-to-nodes", 1020, range, "VirtualNetwork"),
        ]
    }

    /// Returns the rule as Azure writes it.
    pub fn to_json(&self) -> Value {
        let mut rule = json!({ "name": self.name, "properties": {
            "priority": self.priority,
            "direction": self.direction,
            "access": self.access,
            "protocol": self.protocol,
            "sourceAddressPrefix": self.source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": self.destination,
        }});
        let properties = &mut rule["properties"];
        match self.ports.as_slice() {
            [] => properties["destinationPortRange"] = json!("*"),
            [one] => properties["destinationPortRange"] = json!(one),
            several => properties["destinationPortRanges"] = json!(several),
        }
        rule
    }
}

/// A network security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// The rules that the profile asks for; rules of others stay.
    pub rules: Vec<SecurityRule>,
}

impl Kind for SecurityGroup {
    const TYPE: &'static str = "Microsoft.Network/networkSecurityGroups";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Keyed("properties.securityRules", "name"),
        Displaces("properties.securityRules", &["properties.direction", "properties.priority"]),
        Twin("properties.securityRules[].properties.sourceAddressPrefix", "sourceAddressPrefixes"),
        Twin("properties.securityRules[].properties.sourcePortRange", "sourcePortRanges"),
        Twin(
            "properties.securityRules[].properties.destinationAddressPrefix",
            "destinationAddressPrefixes",
        ),
        Twin("properties.securityRules[].properties.destinationPortRange", "destinationPortRanges"),
        Folded("properties.securityRules[].properties.protocol"),
        Folded("properties.securityRules[].properties.access"),
        Folded("properties.securityRules[].properties.direction"),
        Server("properties.defaultSecurityRules"),
        Server("properties.networkInterfaces"),
        Server("properties.subnets"),
        Server("properties.flowLogs"),
        Server("properties.securityRules[].id"),
        Server("properties.securityRules[].etag"),
        Server("properties.securityRules[].type"),
        Server("properties.securityRules[].properties.provisioningState"),
    ];
    const TRAITS: Traits = Traits {
        noun: "security group",
        command: "network nsg",
        wants: "",
        pattern: Some("{name}-nsg"),
        // 3 s in the median, 14 at most (22 recorded); Retry-After 1.
        pace: Pace::new(Takes { creation: 3, change: 3, deletion: 3 }, 1, 600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: Some(Listed { tag: "akstool-rules", list: "securityRules" }),
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &["properties.securityRules", "properties.subnets", "properties.networkInterfaces"],
        users: &["properties.subnets", "properties.networkInterfaces"],
        linked_by: None,
        join: Some("join/action"),
        quota: &["NetworkSecurityGroups"],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let rules: Vec<Value> = self.rules.iter().map(SecurityRule::to_json).collect();
        let mut body =
            Body::new(json!({ "location": self.location, "tags": self.tags, "properties": {} }));
        if !rules.is_empty() {
            body.set("properties.securityRules", Value::from(rules));
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
