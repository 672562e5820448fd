//! What changes nothing: it means what stood there, or what Azure does by itself.

/// What means what stood there: by profile, place and value.
pub(super) const SAME: &[(&str, &str)] = &[
    ("network.plugin", "azure"),
    ("network.plugin", "kubenet"),
    ("network.mode", "overlay"),
    ("network.mode", "pod-subnet"),
    ("network.dataplane", "azure"),
    ("network.policy", "calico"),
    ("network.policy", "none"),
    ("network.securityGroup", "true"),
    ("network.securityGroup", "false"),
    ("network.subnets.nodes.securityGroup", "true"),
    ("network.subnets.nodes.securityGroup", "false"),
    ("network.subnets.nodes.routeTable", "true"),
    ("network.subnets.nodes.routeTable", "false"),
    ("network.subnets.nodes.natGateway", "true"),
    ("network.subnets.nodes.natGateway", "false"),
    ("network.subnets.nodes.serviceEndpoints", "[]"),
    ("network.subnets.nodes.delegations", "[]"),
    ("network.subnets.nodes.defaultOutboundAccess", "true"),
    ("network.subnets.nodes.defaultOutboundAccess", "false"),
    ("network.subnets.nodes.privateEndpointPolicies", "disabled"),
    ("network.subnets.nodes.privateEndpointPolicies", "enabled"),
    ("network.securityRules", "[]"),
    ("network.routes", "[]"),
    ("network.peerings", "[]"),
    ("network.gatewayRoutes", "true"),
    ("network.gatewayRoutes", "false"),
    ("network.vnet.dnsServers", "[]"),
    ("network.outbound", "{ type: loadBalancer }"),
    ("network.outbound", "{ type: userAssignedNATGateway }"),
    ("network.outbound", "{ type: managedNATGateway }"),
    ("network.outbound.type", "loadBalancer"),
    ("network.outbound.natGateway", "{ publicIPs: 3 }"),
    ("pools[system].osDiskSizeGB", "128"),
    ("cluster", "{}"),
    ("network.bastion", "{}"),
    ("monitoring", "{}"),
    ("monitoring.logs", "true"),
    ("monitoring.metrics", "true"),
    ("monitoring.metrics.workspace", "{}"),
    ("monitoring.logs.workspace", "{}"),
    ("names.bastion", "other"),
    ("cluster.apiServer", "{}"),
    ("cluster.apiServer", "{ private: true }"),
    ("cluster.apiServer.runCommand", "true"),
    ("cluster.apiServer.private", "true"),
    ("cluster.apiServer.private", "false"),
    ("cluster.apiServer.dnsZone", "own"),
    ("cluster.apiServer.publicFQDN", "false"),
    ("cluster.autoUpgrade", "none"),
    ("cluster.tier", "free"),
    ("cluster.localAccounts", "true"),
    ("cluster.workloadIdentity", "true"),
    ("metadata.tags", "{ team: null }"),
    ("names.kubeletIdentity", "other"),
    ("names.vnet", "other"),
    ("names.identity", "other"),
    ("names.routeTable", "other"),
    ("names.securityGroup", "other"),
    ("names.natGateway", "other"),
    ("names.publicIP", "'other-{number}'"),
];

/// Tells whether it says what Azure does where nobody says it.
pub(super) fn is_as_azure_has_it(path: &str, value: &str) -> bool {
    let usual = match path {
        "cluster.storage.disk" | "cluster.storage.file" | "cluster.storage.snapshots" => "true",
        "pools[user].maxUnavailable" | "pools[user].nodeSoakMinutes" => "0",
        "pools[user].scaleDownMode" => "delete",
        "pools[user].kubeletDiskType" => "os",
        "pools[user].encryptionAtHost"
        | "cluster.storage.blob"
        | "cluster.entra"
        | "monitoring.logs"
        | "monitoring.metrics"
        | "cluster.entra.azureRbac" => "false",
        _ if path.starts_with("cluster.addons.") => "false",
        _ => return false,
    };
    value == usual
}
