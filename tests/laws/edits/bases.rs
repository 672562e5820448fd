//! The profiles that are edited.

/// On an overlay, with as much said as goes together.
pub(super) const OVERLAY: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope, tags: { team: a, cost: b } }
network:
  plugin: azure
  mode: overlay
  policy: calico
  podCidr: 10.244.0.0/16
  serviceCidr: 10.200.0.0/16
  vnet: { cidr: 10.10.0.0/16, cidrs: [10.11.0.0/16], dnsServers: [10.10.0.53] }
  subnets:
    nodes: { cidr: 10.10.1.0/24, serviceEndpoints: [Microsoft.Storage], defaultOutboundAccess: false, privateEndpointPolicies: enabled }
    extra: { cidr: 10.10.2.0/24, delegations: [Microsoft.Web/serverFarms] }
  securityGroup: true
  securityRules: [{ name: web, priority: 300, ports: [443], source: Internet, protocol: tcp }]
  outbound: { type: loadBalancer, managedIPs: 2, allocatedPorts: 1024, idleTimeoutMinutes: 10 }
cluster: { version: '1.34', tier: standard, dnsPrefix: law, oidcIssuer: true, workloadIdentity: true, autoUpgrade: patch, nodeOsUpgrade: node-image,
  apiServer: { authorizedRanges: [203.0.113.0/24], runCommand: false },
  entra: { adminGroups: [11111111-2222-3333-4444-555555555555] }, localAccounts: false,
  addons: { keyVault: true, azurePolicy: true, keda: true, vpa: true, imageCleaner: true, costAnalysis: true },
  storage: { disk: false, blob: true }, maintenance: { default: [{ day: monday, hours: [1] }], nodeOs: { day: sunday, start: '03:00', hours: 4, interval: 1 } } }
pools:
  - { name: system, mode: system, vmSize: Standard_D4s_v5, count: 2, zones: [1, 2], maxPods: 50, osDiskSizeGB: 64, osDiskType: managed, maxSurge: 33%, drainTimeoutMinutes: 20, osSku: Ubuntu }
  - { name: user, vmSize: Standard_D2s_v5, autoscale: { min: 1, max: 4 }, labels: { a: '1', b: '2' }, taints: ['k=v:NoSchedule'], tags: { pool: u } }
  - { name: spare, vmSize: Standard_D2s_v5, count: 1, spot: { maxPrice: 0.5 } }
workloadIdentities: { orders: { serviceAccounts: [shop/orders], roles: [{ role: Reader, scope: '${group.id}' }] } }
monitoring: { logs: { workspace: { name: law-logs, retentionDays: 60 } }, metrics: { workspace: { name: law-metrics } } }
";

/// Behind an appliance, with kubenet and a hub.
pub(super) const ROUTED: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope }
network:
  plugin: kubenet
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 }, two: { cidr: 10.10.3.0/24 } }
  outbound: { type: userDefinedRouting, nextHop: 10.10.9.4 }
  routes: [{ name: site, cidr: 10.60.0.0/16, nextHop: 10.10.9.4 }]
  gatewayRoutes: false
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]
";

/// Behind a NAT gateway of its own.
pub(super) const TRANSLATED: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 }, two: { cidr: 10.10.3.0/24, natGateway: false } }
  outbound: { type: userAssignedNATGateway, natGateway: { publicIPs: 2, idleTimeoutMinutes: 10 } }
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]
";

/// On a network that AKS makes.
pub(super) const MANAGED: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope }
network: { plugin: azure, mode: overlay, outbound: { type: managedNATGateway, natGateway: { publicIPs: 2 } } }
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]
";

/// With a subnet for pods.
pub(super) const PODS: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope }
network:
  plugin: azure
  mode: pod-subnet
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 }, pods: { cidr: 10.10.16.0/20 }, more: { cidr: 10.10.32.0/20 } }
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2, podSubnet: pods }]
";

/// With an API server that answers inside alone, and a registry behind an endpoint.
pub(super) const PRIVATE: &str = r"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: law, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 }, two: { cidr: 10.10.3.0/24 }, AzureBastionSubnet: { cidr: 10.10.4.0/26 } }
  bastion: { sku: standard }
  privateZones: { corp.internal: {} }
  privateEndpoints: [{ name: images, to: '${registry.id}', groups: [registry], subnet: two, zone: privatelink.azurecr.io }]
cluster: { apiServer: { private: true, dnsZone: own, publicFQDN: false }, kubeletIdentity: true }
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]
registry: { name: lawimages, sku: premium, adminUser: false, properties: { publicNetworkAccess: Disabled } }
";
