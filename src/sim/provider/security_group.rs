//! Network security groups, their rules, and the six rules every group has.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::Operation;
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::parts::{self, Parts};
use super::security_rule::{RULE, rule};
use super::{Answer, Provider, Put, form};

/// Medians of 22 recorded creations.
const PACE: Pace =
    Pace { write: 2_500, write_retry: 1, delete: 1_000, delete_retry: 1, latency: 530 };

/// `Microsoft.Network/networkSecurityGroups`.
pub(crate) struct SecurityGroup;
/// `Microsoft.Network/networkSecurityGroups/securityRules`.
pub(crate) struct SecurityRule;

/// The type of a group.
pub(crate) const GROUP: &str = "Microsoft.Network/networkSecurityGroups";

const RULES: Parts = Parts { list: "securityRules", kind: RULE };

/// The rules every group has, as recorded: name, description, source, destination, access,
/// priority, direction.
const DEFAULTS: [(&str, &str, &str, &str, &str, u32, &str); 6] = [
    (
        "AllowVnetInBound",
        "Allow inbound traffic from all VMs in VNET",
        "VirtualNetwork",
        "VirtualNetwork",
        "Allow",
        65_000,
        "Inbound",
    ),
    (
        "AllowAzureLoadBalancerInBound",
        "Allow inbound traffic from azure load balancer",
        "AzureLoadBalancer",
        "*",
        "Allow",
        65_001,
        "Inbound",
    ),
    ("DenyAllInBound", "Deny all inbound traffic", "*", "*", "Deny", 65_500, "Inbound"),
    (
        "AllowVnetOutBound",
        "Allow outbound traffic from all VMs to all VMs in VNET",
        "VirtualNetwork",
        "VirtualNetwork",
        "Allow",
        65_000,
        "Outbound",
    ),
    (
        "AllowInternetOutBound",
        "Allow outbound traffic from all VMs to Internet",
        "*",
        "Internet",
        "Allow",
        65_001,
        "Outbound",
    ),
    ("DenyAllOutBound", "Deny all outbound traffic", "*", "*", "Deny", 65_500, "Outbound"),
];

impl Provider for SecurityGroup {
    fn kind(&self) -> &'static str {
        GROUP
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::GROUP, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        let wanted = RULES.wanted(put, rule)?;
        check_priorities(put.id, wanted.as_deref().unwrap_or_default())?;
        let stored = group(world, put);
        Ok(RULES.accept(world, put, self, (stored, wanted), PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::preconditions(world, asked, id)?;
        let stored = world.body(id.as_str()).unwrap_or_default();
        if let Some(subnet) = body::text(&stored, "/properties/subnets/0/id") {
            return Err(Refusal::network(
                400,
                "InUseNetworkSecurityGroupCannotBeDeleted",
                format!(
                    "Network security group {id} cannot be deleted because it is in use by the \
                     following resources: {subnet}. In order to delete the Network security group, \
                     remove the association with the resource(s). To learn how to do this, see \
                     aka.ms/deletensg."
                ),
            ));
        }
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        let mut shown = RULES.shown(world, entry);
        let etag = shown.get("etag").cloned().unwrap_or_default();
        let default = |row| {
            let mut rule = default(&entry.id, row);
            rule["etag"] = etag.clone();
            rule
        };
        let defaults: Vec<Value> = DEFAULTS.iter().map(default).collect();
        body::set(&mut shown, "/properties/defaultSecurityRules", defaults);
        shown
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

impl Provider for SecurityRule {
    fn kind(&self) -> &'static str {
        RULE
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::RULE, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        let stored = rule(put.id, &put.body)?;
        let group = put.id.parent().unwrap_or_else(|| put.id.clone());
        let mut all: Vec<Value> = RULES
            .of(world, group.as_str())
            .into_iter()
            .filter(|rule| {
                !body::text(rule, "/id").is_some_and(|id| id.eq_ignore_ascii_case(put.id.as_str()))
            })
            .collect();
        all.push(stored.clone());
        check_priorities(&group, &all)?;
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        nrp::with_tag(world, entry.body())
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        nrp::absent_child(id)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

fn group(world: &mut World, put: &Put<'_>) -> Value {
    let mut properties = parts::kept(world, put);
    if let Some(flush) = put.body.pointer("/properties/flushConnection") {
        properties["flushConnection"] = flush.clone();
    }
    nrp::frame(put, &SecurityGroup, &properties)
}

fn default(
    group: &str,
    &(name, description, source, destination, access, priority, direction): &(
        &str,
        &str,
        &str,
        &str,
        &str,
        u32,
        &str,
    ),
) -> Value {
    json!({
        "name": name,
        "id": format!("{group}/defaultSecurityRules/{name}"),
        "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
        "properties": {
            "provisioningState": "Succeeded", "description": description, "protocol": "*",
            "sourcePortRange": "*", "destinationPortRange": "*",
            "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
            "access": access, "priority": priority, "direction": direction,
            "sourcePortRanges": [], "destinationPortRanges": [],
            "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
        },
    })
}

/// The most rules of a group (networking limits).
const MOST_RULES: usize = 1_000;

fn check_priorities(group: &ResourceId, rules: &[Value]) -> Result<(), Refusal> {
    if rules.len() > MOST_RULES {
        return Err(Refusal::network(
            400,
            "NetworkSecurityGroupRuleLimitReached",
            format!(
                "Cannot create more than {MOST_RULES} security rules for network security group {group}."
            ),
        ));
    }
    let place = |rule: &Value| {
        let direction = body::text(rule, "/properties/direction").unwrap_or_default();
        (direction.to_ascii_lowercase(), body::number(rule, "/properties/priority"))
    };
    for (at, one) in rules.iter().enumerate() {
        if let Some(two) = rules[..at].iter().find(|two| place(two) == place(one)) {
            let name = |rule: &Value| body::text(rule, "/name").unwrap_or_default().to_owned();
            return Err(Refusal::network(
                400,
                "SecurityRuleConflict",
                format!(
                    "Security rule {} conflicts with rule {}. Rules cannot have the same Priority \
                     and Direction. ({})",
                    name(one),
                    name(two),
                    group.name()
                ),
            ));
        }
    }
    Ok(())
}
