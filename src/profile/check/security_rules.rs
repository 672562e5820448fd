//! The rules of our own security group: names and priorities once each, ports and addresses as Azure
//! reads them.
//!
//! Source: learn.microsoft.com, network-security-groups-overview.

use std::collections::HashMap;
use std::net::IpAddr;

use super::Rules;
use super::syntax::is_network_name;
use crate::profile::problem::quote;
use crate::profile::schema::{Direction, SecurityGroup, SecurityRule};

/// The most rules of a group (networking limits).
const RULES: usize = 1_000;

pub(super) fn check(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let count = network.security_rules.len();
    if count > RULES {
        let what = format!("{count} rules; a security group has at most {RULES}");
        rules.error("network.securityRules", what);
        return;
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut priorities: HashMap<(Direction, u16), usize> = HashMap::new();
    for (index, rule) in network.security_rules.iter().enumerate() {
        let path = format!("network.securityRules[{index}]");
        if !is_network_name(&rule.name) {
            let what = format!("`{}` is no name for a rule", quote(&rule.name));
            rules.error(&format!("{path}.name"), what).hint("letters, digits, `_`, `.` and `-`");
        }
        if let Some(first) = names.insert(rule.name.to_ascii_lowercase(), index) {
            rules
                .error(&format!("{path}.name"), "two rules have this name")
                .also(&format!("network.securityRules[{first}].name"), "the other one");
        }
        ends(rules, &path, rule);
        let direction = rule.direction.unwrap_or(Direction::Inbound);
        if let Some(first) = priorities.insert((direction, rule.priority), index) {
            let what = format!("two rules of one direction have the priority {}", rule.priority);
            rules
                .error(&format!("{path}.priority"), what)
                .also(&format!("network.securityRules[{first}].priority"), "the other one");
        }
    }
    let ours = Some(SecurityGroup::Own(true));
    let has_group = !network.is_managed()
        && (network.security_group == ours
            || network.subnets.values().any(|subnet| subnet.security_group == ours));
    if !has_group {
        rules.unused("network.securityRules", "only our own security group takes rules");
    }
}

/// Ports are numbers, ranges of numbers or `*`; an end is a range, an address, a service tag or `*`.
fn ends(rules: &mut Rules<'_>, path: &str, rule: &SecurityRule) {
    for (index, port) in rule.ports.iter().enumerate().filter(|(_, port)| !is_port(port)) {
        rules
            .error(&format!("{path}.ports[{index}]"), format!("`{}` is no port", quote(port)))
            .hint("a number from 0 to 65535, a range such as `30000-32767`, or `*`");
    }
    for (field, end) in [("source", &rule.source), ("destination", &rule.destination)] {
        if let Some(end) = end.as_deref().filter(|end| !is_end(end)) {
            let what = format!("`{}` is no {field} of traffic", quote(end));
            rules
                .error(&format!("{path}.{field}"), what)
                .hint("a range, an address, a service tag such as `AzureLoadBalancer`, or `*`");
        }
    }
}

fn is_port(text: &str) -> bool {
    let number = |text: &str| text.parse::<u16>().ok();
    match text.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| low <= high),
        None => text == "*" || number(text).is_some(),
    }
}

fn is_end(text: &str) -> bool {
    let tag = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let address = text.parse::<IpAddr>().is_ok() || text.parse::<ipnet::IpNet>().is_ok();
    text == "*" || tag || address
}
