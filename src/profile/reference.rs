//! `${...}`: what a profile makes, referred to in raw properties and whole resources.
//!
//! A reference names something and what is wanted of it: `${cluster.id}`, `${subnets.nodes.id}`,
//! `${identity.principalId}`, `${resources.logs.properties.customerId}`. `$${` stands for `${`
//! itself. Here is what may be referred to; what it comes to, [`compose`](crate::compose) says.

use super::schema::Profile;

/// What is wanted of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Its id.
    Id,
    /// Its name.
    Name,
    /// A value of its answer, at this path: known once it stands.
    At(String),
}

/// Short ways to a value of an answer.
const SHORT: [(&str, &str, &str); 9] = [
    ("identity", "principalId", "properties.principalId"),
    ("identity", "clientId", "properties.clientId"),
    ("identity", "tenantId", "properties.tenantId"),
    ("registry", "loginServer", "properties.loginServer"),
    ("cluster", "oidcIssuerUrl", "properties.oidcIssuerProfile.issuerURL"),
    ("cluster", "nodeResourceGroup", "properties.nodeResourceGroup"),
    ("cluster", "fqdn", "properties.fqdn"),
    ("cluster", "kubeletIdentity.objectId", "properties.identityProfile.kubeletidentity.objectId"),
    ("cluster", "kubeletIdentity.clientId", "properties.identityProfile.kubeletidentity.clientId"),
];

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text as it stands.
    Plain(&'t str),
    /// What stands between the braces of a reference.
    Reference(&'t str),
}

/// Parts a text into what stands as it is and what refers. Braces that do not close are text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            found.push(Piece::Plain(&rest[..at - 1]));
            found.push(Piece::Plain("${"));
            rest = &rest[at + 2..];
            continue;
        }
        let Some(end) = rest[at..].find('}') else { break };
        found.push(Piece::Plain(&rest[..at]));
        found.push(Piece::Reference(rest[at + 2..at + end].trim()));
        rest = &rest[at + end + 1..];
    }
    found.push(Piece::Plain(rest));
    found.retain(|piece| *piece != Piece::Plain(""));
    found
}

/// Returns everything that may be referred to, as it begins a reference.
pub fn heads(profile: &Profile) -> Vec<String> {
    let network = &profile.network;
    let mut heads = vec!["group".to_owned(), "cluster".to_owned()];
    let mut add = |is_there: bool, name: &str| {
        if is_there {
            heads.push(name.to_owned());
        }
    };
    add(profile.has_identity(), "identity");
    add(network.vnet.is_some(), "vnet");
    add(network.route_table.is_some(), "routeTable");
    add(network.security_group.is_some(), "securityGroup");
    let gateway = network.outbound_type() == super::schema::OutboundType::UserAssignedNatGateway;
    add(gateway, "natGateway");
    add(profile.registry.is_some(), "registry");
    let monitoring = profile.monitoring.as_ref();
    add(monitoring.is_some_and(|one| one.log_workspace().is_some()), "logs");
    add(monitoring.is_some_and(|one| one.monitor_workspace().is_some()), "metrics");
    heads.extend(network.subnets.keys().map(|key| format!("subnets.{key}")));
    heads.extend(profile.pools.iter().map(|pool| format!("pools.{}", pool.name)));
    heads.extend(profile.resources.iter().map(|one| format!("resources.{}", one.name)));
    heads
}

/// Reads a reference: what it names of `heads`, and what is wanted of it.
pub fn read<'h>(reference: &str, heads: &'h [String]) -> Option<(&'h str, Want)> {
    let named = heads.iter().filter_map(|head| {
        let rest = reference.strip_prefix(head.as_str())?.strip_prefix('.')?;
        Some((head.as_str(), rest))
    });
    // A name may hold dots: the longest that fits is meant.
    let (head, rest) = named.max_by_key(|(head, _)| head.len())?;
    Some((head, want(head, rest)?))
}

fn want(head: &str, rest: &str) -> Option<Want> {
    match rest {
        "id" => return Some(Want::Id),
        "name" => return Some(Want::Name),
        _ => {}
    }
    let short = SHORT.iter().find(|(of, name, _)| *of == head && *name == rest);
    if let Some((_, _, path)) = short {
        return Some(Want::At((*path).to_owned()));
    }
    let deep = ["properties.", "identity."].iter().any(|start| rest.starts_with(start));
    (deep && !rest.ends_with('.')).then(|| Want::At(rest.to_owned()))
}

/// Returns references that can be written of these, for those that search one.
pub fn examples(heads: &[String]) -> Vec<String> {
    let short = |head: &str| {
        let own = SHORT.iter().filter(move |(of, _, _)| *of == head).map(|(_, name, _)| *name);
        ["id", "name"]
            .into_iter()
            .chain(own)
            .map(|name| format!("{head}.{name}"))
            .collect::<Vec<_>>()
    };
    heads.iter().flat_map(|head| short(head)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parted_into_what_stands_and_what_refers() {
        assert_eq!(
            pieces("${cluster.id}/x/$${no}/${ a.b }"),
            [
                Piece::Reference("cluster.id"),
                Piece::Plain("/x/"),
                Piece::Plain("${"),
                Piece::Plain("no}/"),
                Piece::Reference("a.b"),
            ]
        );
        assert_eq!(pieces("a ${ b"), [Piece::Plain("a ${ b")]);
    }

    #[test]
    fn the_longest_name_is_meant() {
        let heads = ["cluster", "resources.a", "resources.a.b"].map(str::to_owned);
        let at = |path: &str| Some(Want::At(path.to_owned()));
        let read = |text: &str| read(text, &heads);
        assert_eq!(read("resources.a.b.id"), Some(("resources.a.b", Want::Id)));
        let issuer = read("cluster.oidcIssuerUrl").map(|(_, want)| want);
        assert_eq!(issuer, at("properties.oidcIssuerProfile.issuerURL"));
        assert_eq!(read("resources.a.properties.x").map(|(_, want)| want), at("properties.x"));
        assert_eq!(read("cluster.x"), None);
        assert_eq!(read("clusters.id"), None);
    }
}
