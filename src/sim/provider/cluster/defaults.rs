//! What AKS fills in: every default of the recordings since 2025, and the order they hang on each
//! other.

use serde_json::{Value, json};

use super::super::super::TENANT;
use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::region;
use super::super::super::world::World;
use super::super::{Put, identity};
use super::{bounds, exclude, flavour, kubelet, pool, shape, versions};

/// Fields that are AKS's own; what a client sends in them is not read.
const OWN: [&str; 14] = [
    "/id",
    "/name",
    "/type",
    "/systemData",
    "/eTag",
    "/identity/principalId",
    "/identity/tenantId",
    "/properties/provisioningState",
    "/properties/powerState",
    "/properties/fqdn",
    "/properties/privateFQDN",
    "/properties/azurePortalFQDN",
    "/properties/currentKubernetesVersion",
    "/properties/resourceUID",
];

/// What a client sends and AKS never returns, in none of the recorded answers.
const SECRETS: [&str; 3] = [
    "/properties/windowsProfile/adminPassword",
    "/properties/servicePrincipalProfile/secret",
    "/properties/aadProfile/serverAppSecret",
];

/// Takes away what is secret of a cluster's body.
pub(crate) fn without_secrets(body: &mut Value) {
    for at in SECRETS {
        body::forget(body, at);
    }
}

/// Whether the text of a body names anything that is secret; a wrong yes costs only time.
pub(crate) fn may_hold_secrets(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["\"adminpassword\"", "\"secret\"", "\"serverappsecret\""]
        .iter()
        .any(|name| text.contains(name))
}

/// Makes what is stored of a cluster's body, and its pools.
pub(crate) fn cluster(world: &mut World, put: &Put<'_>) -> Result<(Value, Vec<Value>), Refusal> {
    let mut given = put.body.clone();
    without_secrets(&mut given);
    for at in OWN {
        body::take(&mut given, at);
    }
    body::take(&mut given, "/properties/maxAgentPools");
    body::take(&mut given, "/properties/networkProfile/loadBalancerProfile/effectiveOutboundIPs");
    let sent = body::take(&mut given, "/properties/agentPoolProfiles");
    let old = put.existing.as_ref();
    let mut stored = old.cloned().unwrap_or_else(|| json!({}));
    shape::lay(&mut stored, &given);
    exclude::forget(&mut stored, &given);
    if old.is_some() && given.get("tags").is_none() {
        body::take(&mut stored, "/tags");
    }
    frame(&mut stored, put);
    version(world, put, &mut stored)?;
    names(world, put, &mut stored);
    let listed = sent.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if flavour::in_a_set(listed) {
        body::fill(&mut stored, "/properties/networkProfile/networkPlugin", "kubenet");
        body::fill(&mut stored, "/properties/autoUpgradeProfile", json!({}));
        body::set(&mut stored, "/properties/maxAgentPools", 1);
    } else if sent.is_some() {
        // What stood in a set before is single machines now, and others may join them.
        body::set(&mut stored, "/properties/maxAgentPools", 100);
    }
    let named = body::text(&put.body, "/properties/networkProfile/networkPlugin");
    flavour::automatic(&mut stored);
    network(world, old, &mut stored);
    if old.is_none() {
        flavour::windows(&mut stored, named);
    }
    flavour::monitoring(&mut stored, &given);
    flavour::run_command(&mut stored);
    flavour::entra(&mut stored);
    flavour::private_link(&mut stored);
    identities(world, put, &mut stored);
    kubelet::name(old, &mut stored);
    if old.is_none() && stored.pointer("/properties/maxAgentPools") != Some(&json!(1)) {
        let at = "/properties/autoUpgradeProfile/nodeOSUpgradeChannel";
        body::fill(&mut stored, at, "NodeImage");
    }
    rest(world, &mut stored);
    let pools = pools(world, put, &stored, sent)?;
    flavour::proxy(&mut stored, space_of(world, &pools).as_deref());
    Ok((stored, pools))
}

fn frame(stored: &mut Value, put: &Put<'_>) {
    stored["id"] = json!(identity::lower_group(put.id.as_str()));
    stored["name"] = json!(put.id.name());
    stored["type"] = json!("Microsoft.ContainerService/ManagedClusters");
    stored["location"] = json!(region::plain(&put.location));
    let automatic = flavour::is_automatic(stored);
    body::fill(stored, "/kind", if automatic { "Automatic" } else { "Base" });
    body::fill(stored, "/sku/name", "Base");
    body::fill(stored, "/sku/tier", "Free");
    if stored["sku"]["name"] == "Basic" {
        stored["sku"]["name"] = json!("Base");
    }
    if stored["sku"]["tier"] == "Paid" {
        stored["sku"]["tier"] = json!("Standard");
    }
    if stored
        .get("tags")
        .is_some_and(|tags| tags.as_object().is_some_and(serde_json::Map::is_empty))
    {
        body::take(stored, "/tags");
    }
}

fn version(world: &World, put: &Put<'_>, stored: &mut Value) -> Result<(), Refusal> {
    let asked = body::text(&put.body, "/properties/kubernetesVersion").unwrap_or_default();
    let old = put.existing.as_ref();
    let stands = old.and_then(|old| body::text(old, "/properties/currentKubernetesVersion"));
    let Some(stands) = stands else {
        let runs = versions::check(world, asked, "K8sVersionNotSupported")?;
        let shown = if asked.is_empty() { versions::DEFAULT } else { asked };
        body::set(stored, "/properties/kubernetesVersion", shown);
        body::set(stored, "/properties/currentKubernetesVersion", runs);
        return Ok(());
    };
    let shown = old.and_then(|old| body::text(old, "/properties/kubernetesVersion"));
    if asked.is_empty() || Some(asked) == shown || asked == stands {
        let keep = if asked.is_empty() { shown.unwrap_or(stands) } else { asked };
        body::set(stored, "/properties/kubernetesVersion", keep);
        return Ok(());
    }
    // An alias of the minor that runs never moves the patch.
    if stands.starts_with(&format!("{asked}.")) {
        return Ok(());
    }
    let runs = versions::check(world, asked, "K8sVersionNotSupported")?;
    versions::step(world, stands, &runs)?;
    body::set(stored, "/properties/currentKubernetesVersion", runs);
    Ok(())
}

fn names(world: &mut World, put: &Put<'_>, stored: &mut Value) {
    let location = region::plain(&put.location);
    let group = put.id.group_name().unwrap_or_default();
    let own = format!("MC_{group}_{}_{location}", put.id.name());
    let own: String = own.chars().take(80).collect();
    body::fill(stored, "/properties/nodeResourceGroup", own);
    let prefix = body::text(stored, "/properties/dnsPrefix").map(str::to_owned);
    let subdomain = body::text(stored, "/properties/fqdnSubdomain").map(str::to_owned);
    let standing = ["/properties/fqdn", "/properties/privateFQDN"]
        .iter()
        .find_map(|at| body::text(stored, at)?.split('.').next())
        .map(str::to_owned);
    let letters = if standing.is_some() { String::new() } else { world.letters(8) };
    let host = match (standing, &prefix, &subdomain) {
        (Some(host), ..) => host,
        (None, None, Some(subdomain)) => subdomain.clone(),
        _ => format!("{}-{letters}", prefix.unwrap_or_default()),
    };
    let private = body::flag(stored, "/properties/apiServerAccessProfile/enablePrivateCluster");
    super::private::names(world, stored, &host, &location);
    if body::text(stored, "/properties/azurePortalFQDN").is_some() {
        return;
    }
    let portal = if private { "priv.portal" } else { "portal" };
    let portal = if private {
        format!(
            "{}-{letters}.{portal}.hcp.{location}.azmk8s.io",
            host.split('-').next().unwrap_or_default()
        )
    } else {
        format!("{host}.{portal}.hcp.{location}.azmk8s.io")
    };
    body::set(stored, "/properties/azurePortalFQDN", portal);
}

/// The network profile: no plugin means overlay since 2025, `azure` without a mode still means
/// node subnet.
fn network(world: &mut World, old: Option<&Value>, stored: &mut Value) {
    body::fill(stored, "/properties/networkProfile", json!({}));
    let network = &mut stored["properties"]["networkProfile"];
    if body::text(network, "/networkPlugin").is_none_or(str::is_empty) {
        body::set(network, "/networkPlugin", "azure");
        body::fill(network, "/networkPluginMode", "overlay");
    }
    let plugin = body::text(network, "/networkPlugin").unwrap_or_default().to_owned();
    let overlay = body::text(network, "/networkPluginMode") == Some("overlay");
    let cilium = body::text(network, "/networkDataplane") == Some("cilium");
    if plugin == "azure" {
        body::fill(network, "/networkDataplane", "azure");
    }
    let policy = if cilium { "cilium" } else { "none" };
    body::fill(network, "/networkPolicy", policy);
    // Cilium is an engine itself: in no recorded answer it stands beside none.
    if cilium && body::text(network, "/networkPolicy") == Some("none") {
        body::set(network, "/networkPolicy", policy);
    }
    body::fill(network, "/loadBalancerSku", "standard");
    let sku = body::text(network, "/loadBalancerSku").unwrap_or_default().to_ascii_lowercase();
    body::set(network, "/loadBalancerSku", sku);
    body::fill(network, "/outboundType", "loadBalancer");
    families(world, old, network, plugin == "kubenet" || overlay);
    outbound(network);
    if cilium {
        body::fill(network, "/kubeProxyConfig", json!({}));
    }
    flavour::advanced(network);
    body::fill(network, "/podLinkLocalAccess", "IMDS");
}

/// Ranges by family. Azure draws those of the second one, and keeps what it drew.
fn families(world: &mut World, old: Option<&Value>, network: &mut Value, own_range: bool) {
    let drawn = |world: &mut World, field: &str, length: u8| {
        let at = format!("/properties/networkProfile/{field}/1");
        let kept = old.and_then(|old| body::text(old, &at)).map(str::to_owned);
        kept.unwrap_or_else(|| {
            let bits = world.draw();
            let part = |shift: u32| (bits >> shift) & 0xffff;
            format!(
                "fd{:02x}:{:x}:{:x}:{:x}::/{length}",
                part(48) & 0xff,
                part(32),
                part(16),
                part(0)
            )
        })
    };
    body::fill(network, "/ipFamilies", json!(["IPv4"]));
    let dual = body::list(network, "/ipFamilies").len() > 1;
    if own_range {
        let first = body::list(network, "/podCidrs").first().and_then(Value::as_str);
        let pods = first.unwrap_or("10.244.0.0/16").to_owned();
        body::fill(network, "/podCidr", pods);
        let pods = body::text(network, "/podCidr").unwrap_or_default().to_owned();
        if !dual {
            body::set(network, "/podCidrs", json!([pods]));
        } else if body::list(network, "/podCidrs").len() < 2 {
            let second = drawn(world, "podCidrs", 64);
            body::set(network, "/podCidrs", json!([pods, second]));
        }
    }
    let first = body::list(network, "/serviceCidrs").first().and_then(Value::as_str);
    let services = first.unwrap_or("10.0.0.0/16").to_owned();
    body::fill(network, "/serviceCidr", services);
    let services = body::text(network, "/serviceCidr").unwrap_or_default().to_owned();
    if services == "10.0.0.0/16" {
        body::fill(network, "/dnsServiceIP", "10.0.0.10");
    } else if let Some(net) = super::super::range::parse(&services) {
        let tenth = super::super::range::nth(&net, 10).map(|ip| ip.to_string());
        body::fill(network, "/dnsServiceIP", tenth.unwrap_or_default());
    }
    if !dual {
        body::set(network, "/serviceCidrs", json!([services]));
    } else if body::list(network, "/serviceCidrs").len() < 2 {
        let second = drawn(world, "serviceCidrs", 108);
        body::set(network, "/serviceCidrs", json!([services, second]));
    }
}

fn outbound(network: &mut Value) {
    let kind = body::text(network, "/outboundType").unwrap_or_default().to_owned();
    let standard = body::text(network, "/loadBalancerSku") == Some("standard");
    if standard && kind == "loadBalancer" {
        let dual = body::list(network, "/ipFamilies").len() > 1;
        let own = ["outboundIPs", "outboundIPPrefixes"]
            .iter()
            .any(|field| network.pointer(&format!("/loadBalancerProfile/{field}")).is_some());
        if own {
            body::take(network, "/loadBalancerProfile/managedOutboundIPs");
        } else {
            body::fill(network, "/loadBalancerProfile/managedOutboundIPs/count", 1);
            if dual {
                body::fill(network, "/loadBalancerProfile/managedOutboundIPs/countIPv6", 1);
            }
        }
    }
    if standard && network.get("loadBalancerProfile").is_none() && kind != "loadBalancer" {
        body::set(network, "/loadBalancerProfile/backendPoolType", "nodeIPConfiguration");
    }
    if standard {
        let at = "/loadBalancerProfile/backendPoolType";
        body::fill(network, at, "nodeIPConfiguration");
        let spelt = body::text(network, at).unwrap_or_default();
        if spelt.eq_ignore_ascii_case("nodeIPConfiguration") {
            body::set(network, at, "nodeIPConfiguration");
        }
    }
    match kind.as_str() {
        "managedNATGateway" => {
            body::fill(network, "/natGatewayProfile/managedOutboundIPProfile/count", 1);
            body::fill(network, "/natGatewayProfile/idleTimeoutInMinutes", 4);
        }
        "userAssignedNATGateway" => {
            body::fill(network, "/natGatewayProfile/idleTimeoutInMinutes", 4);
        }
        _ => {}
    }
}

fn identities(world: &mut World, put: &Put<'_>, stored: &mut Value) {
    let kind = body::text(stored, "/identity/type").unwrap_or_default().to_owned();
    if kind.is_empty() || kind == "None" {
        return;
    }
    body::fill(stored, "/properties/servicePrincipalProfile/clientId", "msi");
    if kind == "SystemAssigned" {
        let old = put.existing.as_ref();
        let kept = old.and_then(|old| body::text(old, "/identity/principalId")).map(str::to_owned);
        let principal = kept.unwrap_or_else(|| world.guid());
        body::set(stored, "/identity/principalId", principal);
        body::set(stored, "/identity/tenantId", TENANT);
        body::take(stored, "/identity/userAssignedIdentities");
        return;
    }
    body::take(stored, "/identity/principalId");
    body::take(stored, "/identity/tenantId");
    let named =
        stored.pointer_mut("/identity/userAssignedIdentities").and_then(Value::as_object_mut);
    for (id, value) in named.into_iter().flatten() {
        let found = world.body(id).unwrap_or_default();
        *value = json!({
            "clientId": found.pointer("/properties/clientId"),
            "principalId": found.pointer("/properties/principalId"),
        });
    }
}

fn rest(world: &mut World, stored: &mut Value) {
    let issuer = format!(
        "https://{}.oic.prod-aks.azure.com/{}/{}/",
        body::text(stored, "/location").unwrap_or_default(),
        TENANT,
        world.guid()
    );
    let fills = [
        ("/properties/powerState/code", json!("Running")),
        ("/properties/enableRBAC", json!(true)),
        ("/properties/supportPlan", json!("KubernetesOfficial")),
        ("/properties/maxAgentPools", json!(100)),
        ("/properties/securityProfile", json!({})),
        ("/properties/storageProfile/diskCSIDriver/enabled", json!(true)),
        ("/properties/storageProfile/diskCSIDriver/version", json!("v1")),
        ("/properties/storageProfile/fileCSIDriver/enabled", json!(true)),
        ("/properties/storageProfile/snapshotController/enabled", json!(true)),
        ("/properties/oidcIssuerProfile/enabled", json!(false)),
        ("/properties/workloadAutoScalerProfile", json!({})),
        ("/properties/metricsProfile/costAnalysis/enabled", json!(false)),
        ("/properties/nodeProvisioningProfile/mode", json!("Manual")),
        ("/properties/nodeProvisioningProfile/defaultNodePools", json!("Auto")),
        ("/properties/bootstrapProfile/artifactSource", json!("Direct")),
        ("/properties/hostedSystemProfile/enabled", json!(false)),
        ("/properties/enableFIPS", json!(false)),
    ];
    for (at, value) in fills {
        body::fill(stored, at, value);
    }
    if body::flag(stored, "/properties/oidcIssuerProfile/enabled") {
        body::fill(stored, "/properties/oidcIssuerProfile/issuerURL", issuer);
    }
    for plugin in [
        "azure-monitor-metrics-ccp",
        "gpu-provisioner",
        "karpenter",
        "kubelet-serving-csr-approver",
        "live-patching-controller",
        "static-egress-controller",
    ] {
        body::fill(
            stored,
            &format!("/properties/controlPlanePluginProfiles/{plugin}/enableV2"),
            true,
        );
    }
    let addons = stored.pointer_mut("/properties/addonProfiles").and_then(Value::as_object_mut);
    for (_, addon) in
        addons.into_iter().flatten().filter(|(_, addon)| !body::flag(addon, "/enabled"))
    {
        body::take(addon, "/identity");
    }
    let addons = stored.pointer("/properties/addonProfiles").and_then(Value::as_object);
    if addons.is_some_and(serde_json::Map::is_empty) {
        body::take(stored, "/properties/addonProfiles");
    }
    let uid = format!("{:08x}{:016x}", world.now / 1_000, world.draw());
    body::fill(stored, "/properties/resourceUID", uid);
}

/// The range of the network that the pools lie in.
fn space_of(world: &World, pools: &[Value]) -> Option<String> {
    let subnet = pools.iter().find_map(|pool| body::text(pool, "/vnetSubnetID"))?;
    let network = crate::arm::id::ResourceId::parse(subnet).ok()?.parent()?;
    let stored = world.body(network.as_str())?;
    body::text(&stored, "/properties/addressSpace/addressPrefixes/0").map(str::to_owned)
}

fn pools(
    world: &World,
    put: &Put<'_>,
    stored: &Value,
    sent: Option<Value>,
) -> Result<Vec<Value>, Refusal> {
    let Some(Value::Array(sent)) = sent else {
        let standing = world.children(put.id.as_str(), "agentPools");
        return Ok(standing.iter().map(|pool| pool::flat(&pool.body())).collect());
    };
    let shaped = sent.iter().map(|given| {
        let name = body::text(given, "/name").unwrap_or_default();
        let old = world.body(put.id.child("agentPools", name).as_str());
        let old = old.as_ref().map(pool::flat);
        bounds::pool(given, old.as_ref(), "agentPoolProfiles")?;
        shape::shape(world, stored, given, old.as_ref())
    });
    let mut pools = shaped.collect::<Result<Vec<Value>, Refusal>>()?;
    let named: Vec<Value> = pools.iter().map(|pool| pool["name"].clone()).collect();
    let standing = world.children(put.id.as_str(), "agentPools");
    let standing = standing.iter().map(|pool| pool::flat(&pool.body()));
    pools.extend(standing.filter(|pool| !named.contains(&pool["name"])));
    Ok(pools)
}
