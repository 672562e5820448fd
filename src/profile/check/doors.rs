//! Ways in for people outside: Azure Bastion with its subnet, and a machine behind it.
//!
//! Source: learn.microsoft.com, bastion/configuration-settings, bastion/bastion-faq,
//! bastion/bastion-nsg.

use super::Rules;
use super::private::named_subnet;
use crate::address::Range;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::schema::{BASTION_SUBNET, Bastion, BastionSku, JumpHost, RouteTableChoice};

/// The longest prefix of a Bastion's subnet.
const PREFIX: u8 = 26;

const BASTION: &str = "network.bastion";

pub(super) fn check(rules: &mut Rules<'_>) {
    if let Some(bastion) = &rules.profile.network.bastion {
        place(rules, bastion);
        switches(rules, bastion);
    }
    subnet(rules);
    if let Some(host) = &rules.profile.network.jump_host {
        jump_host(rules, host);
    }
}

/// A subnet of the fixed name, in a network that one may add to.
fn place(rules: &mut Rules<'_>, bastion: &Bastion) {
    let network = &rules.profile.network;
    if network.is_managed() {
        rules
            .error(
                BASTION,
                "a Bastion stands in a network of your own, and AKS makes the network here",
            )
            .at_key()
            .hint("add `vnet` and `subnets`");
        return;
    }
    if bastion.sku_or_default() == BastionSku::Developer
        || network.subnets.contains_key(BASTION_SUBNET)
    {
        return;
    }
    let range =
        rules.free_subnet(PREFIX, None).map_or("auto".to_owned(), |range| range.to_string());
    rules
        .error(
            BASTION,
            format!("a Bastion stands in a subnet called `{BASTION_SUBNET}`, which is not there"),
        )
        .at_key()
        .hint(format!("add `{BASTION_SUBNET}: {{ cidr: {range} }}` to `network.subnets`"));
}

fn switches(rules: &mut Rules<'_>, bastion: &Bastion) {
    let sku = bastion.sku_or_default();
    if sku >= BastionSku::Standard {
        if !bastion.has_tunnel() && rules.profile.cluster.is_private() {
            rules.advice(
                &format!("{BASTION}.tunneling"),
                "without it kubectl does not come in, only a browser that shows a machine",
            );
        }
        return;
    }
    let (path, word) = (format!("{BASTION}.tunneling"), format!("{BASTION}.sku"));
    if bastion.tunneling == Some(true) {
        rules
            .error(&path, "only `standard` and `premium` let programs of one's own machine in")
            .also(&word, "this one shows machines in a browser")
            .hint("write `sku: standard`, or leave `tunneling` out");
    }
    rules.unused(&format!("{BASTION}.scaleUnits"), "only `standard` and `premium` grow");
}

/// What Azure asks of the subnet, whoever makes the Bastion.
fn subnet(rules: &mut Rules<'_>) {
    for (name, subnet) in &rules.profile.network.subnets {
        if !name.eq_ignore_ascii_case(BASTION_SUBNET) {
            continue;
        }
        let path = key_path("network.subnets", name);
        if name != BASTION_SUBNET {
            let what = format!("the subnet of a Bastion is spelt `{BASTION_SUBNET}`");
            rules.error(&path, what).at_key().hint("Azure takes no other spelling");
        }
        let range = rules.ranges.subnets.iter().find(|(key, _)| *key == name);
        let range: Option<Range> = range.and_then(|(_, range)| *range);
        if let Some(range) = range.filter(|range| range.prefix() > PREFIX && range.is_ipv4()) {
            let what =
                format!("{range} is too small for a Bastion, which takes a /{PREFIX} at least");
            let free = rules.free_subnet(PREFIX, Some(name));
            rules
                .error(&format!("{path}.cidr"), what)
                .maybe_hint(free.map(|range| format!("`{range}` would do")));
        }
        let routed = !matches!(subnet.route_table, None | Some(RouteTableChoice::Own(false)));
        if routed {
            rules
                .error(
                    &format!("{path}.routeTable"),
                    "Azure takes no route table at the subnet of a Bastion",
                )
                .hint("leave `routeTable` out: the way of its traffic is Azure's own");
        }
        if let Some(service) = subnet.delegations.iter().flatten().next() {
            let what =
                format!("a Bastion does not stand in a subnet handed to `{}`", quote(service));
            rules.error(&format!("{path}.delegations"), what).hint("leave `delegations` out");
        }
    }
}

fn jump_host(rules: &mut Rules<'_>, host: &JumpHost) {
    let path = "network.jumpHost";
    if rules.profile.network.bastion.is_none() {
        rules
            .error(path, "nobody would reach it: a jump host is reached through a Bastion alone")
            .at_key()
            .hint("add `network.bastion`");
    }
    let key = host.ssh_key.trim();
    let at = format!("{path}.sshKey");
    if key.contains("PRIVATE KEY") {
        rules
            .error(&at, "this is the private half of a key, and a profile holds no secrets")
            .hint("write the public half, which stands in the file that ends in `.pub`");
    } else if !["ssh-", "ecdsa-", "sk-"].iter().any(|start| key.starts_with(start))
        || key.split_whitespace().nth(1).is_none()
    {
        rules
            .error(&at, "this is no public SSH key")
            .hint("it looks like `ssh-ed25519 AAAA… name`, and stands in `~/.ssh/id_ed25519.pub`");
    }
    let at = format!("{path}.subnet");
    let Some(subnet) = named_subnet(rules, &at, &host.subnet) else { return };
    let api_server = rules.profile.cluster.api_server.as_ref();
    let api_server = api_server.and_then(|one| one.subnet.as_deref());
    if host.subnet.eq_ignore_ascii_case(BASTION_SUBNET)
        || api_server.is_some_and(|kept| kept == host.subnet)
        || subnet.delegations.iter().flatten().next().is_some()
    {
        rules
            .error(&at, "this subnet is kept for a service; a machine has no place in it")
            .hint("give the jump host another subnet, such as `jump`");
    }
}
