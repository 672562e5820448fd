//! What bodies of the network provider may hold.

use super::Form::{Any, Flag, List, Object as Of, Text, Whole, Word};
use super::{Form, OBJECTS, Object, SOMETHING, TEXTS, closed};

/// A reference to another resource; some clients send the whole of it.
static REFERENCE: Object = Object { name: "SubResource", open: true, members: &[(Text, "id")] };

const REFERENCES: Form = List(&Of(&REFERENCE));

/// Members that every resource has, and every child of one.
const OWN: &str = "etag id name type";

/// Members that every resource with a region has beside.
const TRACKED: &str = "extendedLocation systemData tags";

/// A virtual network.
pub(crate) static NETWORK: Object = closed(
    "VirtualNetwork",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (
            Of(&closed(
                "VirtualNetworkPropertiesFormat",
                &[
                    (Of(&SPACE), "addressSpace summarizedGatewayPrefixes"),
                    (Of(&DHCP), "dhcpOptions"),
                    (Whole, "flowTimeoutInMinutes"),
                    (List(&Of(&SUBNET)), "subnets"),
                    (List(&Of(&PEERING)), "virtualNetworkPeerings"),
                    (Text, "provisioningState resourceGuid"),
                    (Flag, "enableDdosProtection enableVmProtection"),
                    (Of(&REFERENCE), "ddosProtectionPlan defaultPublicNatGateway"),
                    (Of(&COMMUNITIES), "bgpCommunities"),
                    (Of(&ENCRYPTION), "encryption"),
                    (REFERENCES, "ipAllocations"),
                    (OBJECTS, "flowLogs"),
                    (Word(&["Disabled", "Basic"]), "privateEndpointVNetPolicies"),
                ],
            )),
            "properties",
        ),
    ],
);

static SPACE: Object =
    closed("AddressSpace", &[(TEXTS, "addressPrefixes"), (OBJECTS, "ipamPoolPrefixAllocations")]);

static DHCP: Object = closed("DhcpOptions", &[(TEXTS, "dnsServers")]);

static COMMUNITIES: Object =
    closed("VirtualNetworkBgpCommunities", &[(Text, "virtualNetworkCommunity regionalCommunity")]);

static ENCRYPTION: Object = closed(
    "VirtualNetworkEncryption",
    &[(Flag, "enabled"), (Word(&["DropUnencrypted", "AllowUnencrypted"]), "enforcement")],
);

/// A subnet, by itself or in a network.
pub(crate) static SUBNET: Object =
    closed("Subnet", &[(Text, OWN), (Of(&SUBNET_PROPERTIES), "properties")]);

static SUBNET_PROPERTIES: Object = closed(
    "SubnetPropertiesFormat",
    &[
        (Text, "addressPrefix provisioningState purpose"),
        (TEXTS, "addressPrefixes"),
        (Of(&REFERENCE), "natGateway networkSecurityGroup routeTable serviceGateway"),
        (List(&Of(&ENDPOINT)), "serviceEndpoints"),
        (List(&Of(&DELEGATION)), "delegations"),
        (REFERENCES, "ipAllocations serviceEndpointPolicies"),
        (OBJECTS, "applicationGatewayIPConfigurations ipConfigurationProfiles ipConfigurations"),
        (OBJECTS, "ipamPoolPrefixAllocations privateEndpoints"),
        (OBJECTS, "resourceNavigationLinks serviceAssociationLinks"),
        (
            Word(&["Enabled", "Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"]),
            "privateEndpointNetworkPolicies",
        ),
        (Word(&["Enabled", "Disabled"]), "privateLinkServiceNetworkPolicies"),
        (Word(&["Tenant", "DelegatedServices"]), "sharingScope"),
        (Flag, "defaultOutboundAccess"),
    ],
);

static ENDPOINT: Object = closed(
    "ServiceEndpointPropertiesFormat",
    &[
        (Text, "provisioningState service"),
        (Of(&REFERENCE), "networkIdentifier"),
        (TEXTS, "locations"),
    ],
);

static DELEGATION: Object = closed(
    "Delegation",
    &[
        (Text, OWN),
        (
            Of(&closed(
                "ServiceDelegationPropertiesFormat",
                &[(Text, "provisioningState serviceName"), (TEXTS, "actions")],
            )),
            "properties",
        ),
    ],
);

/// A peering, by itself or in a network.
pub(crate) static PEERING: Object =
    closed("VirtualNetworkPeering", &[(Text, OWN), (Of(&PEERING_PROPERTIES), "properties")]);

static PEERING_PROPERTIES: Object = closed(
    "VirtualNetworkPeeringPropertiesFormat",
    &[
        (Flag, "allowVirtualNetworkAccess allowForwardedTraffic allowGatewayTransit"),
        (Flag, "useRemoteGateways doNotVerifyRemoteGateways"),
        (Flag, "peerCompleteVnets enableOnlyIPv6Peering"),
        (Of(&REFERENCE), "remoteVirtualNetwork"),
        (Of(&SPACE), "localAddressSpace localVirtualNetworkAddressSpace"),
        (Of(&SPACE), "remoteAddressSpace remoteVirtualNetworkAddressSpace"),
        (Of(&COMMUNITIES), "remoteBgpCommunities"),
        (Of(&ENCRYPTION), "remoteVirtualNetworkEncryption"),
        (Text, "peeringState peeringSyncLevel provisioningState resourceGuid"),
        (TEXTS, "localSubnetNames remoteSubnetNames"),
        // Shown in recorded answers, and in no table.
        (Any, "routeServiceVips"),
    ],
);

/// A route table.
pub(crate) static TABLE: Object = closed(
    "RouteTable",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (
            Of(&closed(
                "RouteTablePropertiesFormat",
                &[
                    (List(&Of(&ROUTE)), "routes"),
                    (OBJECTS, "subnets"),
                    (Flag, "disableBgpRoutePropagation"),
                    (Word(&["None", "All"]), "disablePeeringRoute"),
                    (Text, "provisioningState resourceGuid"),
                ],
            )),
            "properties",
        ),
    ],
);

/// Where a route may lead.
const HOPS: [&str; 6] = [
    "VirtualNetworkGateway",
    "VnetLocal",
    "Internet",
    "VirtualAppliance",
    "VirtualApplianceEcmp",
    "None",
];

/// A route, by itself or in a table.
pub(crate) static ROUTE: Object = closed(
    "Route",
    &[
        (Text, OWN),
        (
            Of(&closed(
                "RoutePropertiesFormat",
                &[
                    (Text, "addressPrefix nextHopIpAddress provisioningState"),
                    (Word(&HOPS), "nextHopType"),
                    (Of(&SOMETHING), "nextHop"),
                    (Flag, "hasBgpOverride"),
                ],
            )),
            "properties",
        ),
    ],
);

/// A security group.
pub(crate) static GROUP: Object = closed(
    "NetworkSecurityGroup",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (
            Of(&closed(
                "NetworkSecurityGroupPropertiesFormat",
                &[
                    (Flag, "flushConnection"),
                    (List(&Of(&RULE)), "securityRules defaultSecurityRules"),
                    (OBJECTS, "networkInterfaces subnets flowLogs"),
                    (Text, "provisioningState resourceGuid"),
                ],
            )),
            "properties",
        ),
    ],
);

/// A security rule, by itself or in a group.
pub(crate) static RULE: Object =
    closed("SecurityRule", &[(Text, OWN), (Of(&RULE_PROPERTIES), "properties")]);

static RULE_PROPERTIES: Object = closed(
    "SecurityRulePropertiesFormat",
    &[
        (Text, "description provisioningState"),
        (Text, "sourcePortRange sourceAddressPrefix"),
        (Text, "destinationPortRange destinationAddressPrefix"),
        (TEXTS, "sourcePortRanges sourceAddressPrefixes"),
        (TEXTS, "destinationPortRanges destinationAddressPrefixes"),
        (REFERENCES, "sourceApplicationSecurityGroups destinationApplicationSecurityGroups"),
        (Word(&["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]), "protocol"),
        (Word(&["Allow", "Deny"]), "access"),
        (Word(&["Inbound", "Outbound"]), "direction"),
        (Whole, "priority"),
    ],
);

/// A public IP address.
pub(crate) static ADDRESS: Object = closed(
    "PublicIPAddress",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (TEXTS, "zones"),
        (Of(&ADDRESS_SKU), "sku"),
        (Of(&ADDRESS_PROPERTIES), "properties"),
    ],
);

static ADDRESS_SKU: Object = closed(
    "PublicIPAddressSku",
    &[
        (Word(&["Basic", "Standard", "StandardV2"]), "name"),
        (Word(&["Regional", "Global"]), "tier"),
    ],
);

static ADDRESS_PROPERTIES: Object = closed(
    "PublicIPAddressPropertiesFormat",
    &[
        (Word(&["Static", "Dynamic"]), "publicIPAllocationMethod"),
        (Word(&["IPv4", "IPv6"]), "publicIPAddressVersion"),
        (Word(&["Delete", "Detach"]), "deleteOption"),
        (Text, "ipAddress migrationPhase provisioningState resourceGuid"),
        (Whole, "idleTimeoutInMinutes"),
        (Flag, "upgradedToV2"),
        (Of(&SOMETHING), "ipConfiguration linkedPublicIPAddress servicePublicIPAddress"),
        (Of(&REFERENCE), "natGateway publicIPPrefix"),
        (List(&Of(&IP_TAG)), "ipTags"),
        (Of(&DNS), "dnsSettings"),
        (Of(&DDOS), "ddosSettings"),
    ],
);

static IP_TAG: Object = closed("IpTag", &[(Text, "firstPartyServiceTagId ipTagType tag")]);

static DNS: Object = closed(
    "PublicIPAddressDnsSettings",
    &[
        (Text, "domainNameLabel fqdn reverseFqdn"),
        (
            Word(&["TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "NoReuse"]),
            "domainNameLabelScope",
        ),
    ],
);

static DDOS: Object = closed(
    "DdosSettings",
    &[
        (Word(&["VirtualNetworkInherited", "Enabled", "Disabled"]), "protectionMode"),
        (Of(&REFERENCE), "ddosCustomPolicy ddosProtectionPlan"),
        // Until 2022.
        (Text, "protectionCoverage"),
        (Flag, "protectedIP"),
    ],
);

/// A public IP prefix.
pub(crate) static ADDRESS_PREFIX: Object = closed(
    "PublicIPPrefix",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (TEXTS, "zones"),
        (Of(&ADDRESS_SKU), "sku"),
        (
            Of(&closed(
                "PublicIPPrefixPropertiesFormat",
                &[
                    (Word(&["IPv4", "IPv6"]), "publicIPAddressVersion"),
                    (Whole, "prefixLength"),
                    (OBJECTS, "ipTags"),
                    (REFERENCES, "publicIPAddresses"),
                    (
                        Of(&REFERENCE),
                        "customIPPrefix loadBalancerFrontendIpConfiguration natGateway",
                    ),
                    (Text, "ipPrefix provisioningState resourceGuid"),
                ],
            )),
            "properties",
        ),
    ],
);

/// A NAT gateway.
pub(crate) static GATEWAY: Object = closed(
    "NatGateway",
    &[
        (Text, OWN),
        (Text, "location"),
        (Any, TRACKED),
        (TEXTS, "zones"),
        (
            Of(&closed(
                "NatGatewaySku",
                &[(Word(&["Standard", "StandardV2"]), "name"), (Text, "tier")],
            )),
            "sku",
        ),
        (
            Of(&closed(
                "NatGatewayPropertiesFormat",
                &[
                    (Whole, "idleTimeoutInMinutes"),
                    (REFERENCES, "publicIpAddresses publicIpAddressesV6"),
                    (REFERENCES, "publicIpPrefixes publicIpPrefixesV6 subnets"),
                    (Of(&REFERENCE), "serviceGateway sourceVirtualNetwork"),
                    (Word(&["None", "Enabled", "Disabled"]), "nat64"),
                    // `scope` is shown in recorded answers, and in no table.
                    (Text, "provisioningState resourceGuid scope"),
                ],
            )),
            "properties",
        ),
    ],
);
