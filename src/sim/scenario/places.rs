//! Any value at any place of a body that would do gets an answer, of Azure's shape.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::super::provider::catalog;
use super::*;

/// Values that most places do not take.
fn values() -> [Value; 10] {
    [
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!("x"),
        json!(""),
        json!([null]),
        json!(["x"]),
        json!({}),
        json!({"id": [], "name": {"x": 1}}),
    ]
}

fn at(kind: &str, name: &str) -> String {
    format!("{GROUP}/providers/{kind}/{name}")
}

/// A body of every type that takes a PUT, and where it goes.
fn good() -> Vec<(String, Value)> {
    let guid = "00000009-0000-0000-0000-000000000000";
    let mut extra = pool();
    extra["vnetSubnetID"] = json!(SUBNET);
    let mut all = vec![
        (
            GROUP.replace("/g", "/h"),
            json!({"location": "westeurope", "tags": {"a": "b"}, "managedBy": "x"}),
        ),
        (
            at("Microsoft.ManagedIdentity/userAssignedIdentities", "j"),
            json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {"isolationScope": "Regional"}}),
        ),
        (
            at("Microsoft.Authorization/locks", "l"),
            json!({"properties": {"level": "CanNotDelete", "notes": "x", "owners": [{"applicationId": "x"}]}}),
        ),
        (
            at("Microsoft.Authorization/roleAssignments", guid),
            json!({"properties": {"principalId": guid,
            "principalType": "ServicePrincipal", "description": "x", "roleDefinitionId": format!("/x/{NETWORK_CONTRIBUTOR}")}}),
        ),
        (
            at("Microsoft.Authorization/policyAssignments", "p"),
            json!({"properties": {"policyDefinitionId": "/providers/x", "parameters": {"a": {"value": 1}}, "notScopes": ["x"]}}),
        ),
        (
            format!(
                "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyDefinitions/d"
            ),
            json!({"properties": {"mode": "All", "parameters": {"a": {"defaultValue": 1}}, "policyRule": {"if": {"field": "type", "equals": "x"}, "then": {"effect": "deny"}}}}),
        ),
        (
            at("Microsoft.OperationalInsights/workspaces", "w"),
            json!({"location": "westeurope", "properties": {"retentionInDays": 30, "sku": {"name": "PerGB2018"}}}),
        ),
        (
            at("Microsoft.ContainerRegistry/registries", "images"),
            json!({"location": "westeurope", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": true}}),
        ),
        (
            format!("{CLUSTER}/maintenanceConfigurations/default"),
            json!({"properties": {"timeInWeek": [{"day": "Monday", "hourSlots": [1]}], "maintenanceWindow": {"durationHours": 4, "startTime": "00:00", "schedule": {"daily": {"intervalDays": 1}}}}}),
        ),
        (format!("{CLUSTER}/agentPools/extra"), json!({"properties": extra})),
        (CLUSTER.replace("/c", "/d"), new_cluster()),
        (CLUSTER.to_owned(), cluster("overlay")),
    ];
    all.extend(networks());
    all
}

fn networks() -> Vec<(String, Value)> {
    let net = |name: &str| at("Microsoft.Network", name);
    let address = net("publicIPAddresses/held");
    let delegation = json!([{"name": "d", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}]);
    let subnet = |prefix: &str| {
        json!({"addressPrefix": prefix, "delegations": delegation, "routeTable": {"id": TABLE},
        "serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["*"]}], "privateEndpointNetworkPolicies": "Disabled"})
    };
    let rule = json!({"priority": 100, "protocol": "Tcp", "access": "Allow", "direction": "Inbound",
        "sourcePortRange": "*", "destinationPortRanges": ["80"], "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"});
    let route = json!({"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"});
    vec![
        (
            net("virtualNetworks/new"),
            json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.30.0.0/16"]},
            "dhcpOptions": {"dnsServers": ["10.0.0.4"]}, "enableDdosProtection": false, "encryption": {"enabled": true, "enforcement": "AllowUnencrypted"},
            "subnets": [{"name": "a", "properties": subnet("10.30.0.0/24")}]}}),
        ),
        (
            VNET.to_owned(),
            json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}}}),
        ),
        (format!("{VNET}/subnets/new"), json!({"properties": subnet("10.10.2.0/24")})),
        (
            format!("{VNET}/virtualNetworkPeerings/p"),
            json!({"properties": {"remoteVirtualNetwork": {"id": net("virtualNetworks/other")}, "allowForwardedTraffic": true}}),
        ),
        (
            net("routeTables/new"),
            json!({"location": "westeurope", "properties": {"disableBgpRoutePropagation": true, "routes": [{"name": "r", "properties": route}]}}),
        ),
        (format!("{TABLE}/routes/r"), json!({"properties": route})),
        (
            net("networkSecurityGroups/new"),
            json!({"location": "westeurope", "properties": {"flushConnection": false, "securityRules": [{"name": "r", "properties": rule}]}}),
        ),
        (net("networkSecurityGroups/held/securityRules/r"), json!({"properties": rule})),
        (
            net("publicIPAddresses/new"),
            json!({"location": "westeurope", "sku": {"name": "Standard", "tier": "Regional"}, "zones": ["1"],
            "properties": {"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 4, "dnsSettings": {"domainNameLabel": "a"}, "ipTags": [{"ipTagType": "a", "tag": "b"}]}}),
        ),
        (
            net("natGateways/new"),
            json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"idleTimeoutInMinutes": 4, "publicIpAddresses": [{"id": address}]}}),
        ),
    ]
}

fn pool() -> Value {
    json!({"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5", "maxPods": 30, "osDiskSizeGB": 128, "enableAutoScaling": true,
        "minCount": 1, "maxCount": 2, "nodeLabels": {"a": "b"}, "nodeTaints": ["a=b:NoSchedule"], "availabilityZones": ["1"],
        "upgradeSettings": {"maxSurge": "10%"}, "type": "VirtualMachineScaleSets", "tags": {"a": "b"},
        "virtualMachinesProfile": {"scale": {"manual": [{"size": "Standard_D2s_v5", "count": 1}]}}, "localDNSProfile": {"mode": "Required"}})
}

fn new_cluster() -> Value {
    let mut system = pool();
    super::body::merge(&mut system, &json!({"name": "p", "mode": "System", "nodeTaints": []}));
    json!({"location": "westeurope", "sku": {"name": "Base", "tier": "Free"}, "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {"dnsPrefix": "d", "kubernetesVersion": "1.34", "agentPoolProfiles": [system], "enableRBAC": true,
            "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.244.0.0/16", "serviceCidrs": ["10.0.0.0/16"],
                "loadBalancerProfile": {"managedOutboundIPs": {"count": 1}}, "ipFamilies": ["IPv4"], "advancedNetworking": {"enabled": true, "security": {"enabled": false}}},
            "apiServerAccessProfile": {"authorizedIPRanges": ["10.0.0.0/8"], "enablePrivateCluster": false}, "aadProfile": {"managed": true},
            "autoScalerProfile": {"expander": "random"}, "addonProfiles": {"omsagent": {"enabled": true, "config": {"logAnalyticsWorkspaceResourceID": "x"}}},
            "httpProxyConfig": {"httpProxy": "http://x", "noProxy": ["x"]}, "windowsProfile": {"adminUsername": "x", "adminPassword": "y"},
            "securityProfile": {"defender": {"securityMonitoring": {"enabled": false}}}, "storageProfile": {"diskCSIDriver": {"enabled": true}},
            "oidcIssuerProfile": {"enabled": true}, "identityProfile": {"kubeletidentity": {"resourceId": IDENTITY}}}})
}

/// Every place in a body, as a pointer.
fn places(body: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let below: Vec<(String, &Value)> = match body {
        Value::Object(fields) => fields.iter().map(|(name, one)| (escaped(name), one)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, one)| (n.to_string(), one)).collect()
        }
        _ => Vec::new(),
    };
    for (name, one) in below {
        places(one, &format!("{here}/{name}"), found);
    }
}

async fn ask(world: &World, method: &str, path: &str, body: &Value) -> u16 {
    let kind = crate::arm::id::ResourceId::parse(path).unwrap().resource_type();
    let api = catalog::versions(&kind).unwrap().iter().find(|api| !api.ends_with("preview"));
    let call = AssertUnwindSafe(world.call(method, path, api.unwrap(), body.clone()));
    let Ok(reply) = call.catch_unwind().await else { panic!("{method} {path} panics over {body}") };
    assert!(
        (200..500).contains(&reply.status),
        "{path}: {} {:?}: {body}",
        reply.status,
        reply.body
    );
    if reply.status >= 400 {
        let error = reply.body.unwrap_or_default();
        let error = error.get("error").unwrap_or(&error);
        let said = |field: &str| error[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(said("code") && said("message"), "{path}: {error}: {body}");
    }
    reply.status
}

#[tokio::test(start_paused = true)]
async fn any_value_at_any_place_gets_an_answer() {
    let world = World::new();
    world.ground(true).await;
    let holder = world.get(IDENTITY).await["properties"]["principalId"].clone();
    let role =
        "/providers/Microsoft.Authorization/roleDefinitions/f1a07417-d97a-45cb-824c-7a7467783830";
    let right = json!({"properties": {"roleDefinitionId": role, "principalId": holder, "principalType": "ServicePrincipal"}});
    let name =
        "providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555";
    world.write("PUT", &format!("{IDENTITY}/{name}"), right).await;
    let other = json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}}});
    world.write("PUT", &at("Microsoft.Network", "virtualNetworks/other"), other).await;
    world
        .write(
            "PUT",
            &at("Microsoft.Network", "networkSecurityGroups/held"),
            json!({"location": "westeurope"}),
        )
        .await;
    let address = json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}});
    world.write("PUT", &at("Microsoft.Network", "publicIPAddresses/held"), address).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    for (path, body) in good() {
        let stands = ask(&world, "GET", &path, &Value::Null).await == 200;
        let status = ask(&world, "PUT", &path, &body).await;
        assert!(status < 300, "{path} takes no good body: {status}");
        let mut all = Vec::new();
        places(&body, "", &mut all);
        for place in &all {
            for value in values() {
                let mut odd = body.clone();
                *odd.pointer_mut(place).unwrap() = value;
                tokio::time::sleep(Duration::from_hours(1)).await;
                ask(&world, "PUT", &path, &odd).await;
                let shown = ask(&world, "GET", &path, &Value::Null).await;
                assert!(!stands || shown == 200, "{path}");
                if !stands && shown == 200 {
                    tokio::time::sleep(Duration::from_hours(1)).await;
                    ask(&world, "DELETE", &path, &Value::Null).await;
                }
            }
        }
        tokio::time::sleep(Duration::from_hours(1)).await;
        world.sim.resources().unwrap();
    }
}
