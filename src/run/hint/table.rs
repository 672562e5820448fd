//! The table itself: Azure's codes and our advice, by theme.

/// One line of the table.
pub(super) struct Line {
    /// Azure's code.
    pub(super) code: &'static str,
    /// A word the message holds, where the code alone says too little; empty for any message.
    pub(super) saying: &'static str,
    /// What to do.
    pub(super) advice: &'static str,
}

const fn of(code: &'static str, advice: &'static str) -> Line {
    Line { code, saying: "", advice }
}

const fn saying(code: &'static str, saying: &'static str, advice: &'static str) -> Line {
    Line { code, saying, advice }
}

/// Advice for what passes by itself.
const AGAIN: &str =
    "this passes by itself: run the same command again in a minute; what is done stays done";

/// Advice for a name or id that leads nowhere.
const MISSING: &str = "somebody deleted it meanwhile, or the id is wrong: `akstool plan PROFILE` shows what is there now";

/// Advice for a cluster whose workspace is gone.
const WORKSPACE: &str = "the workspace that the cluster's logs go to is gone, and Azure takes no write of the cluster until they are \
     turned off or go elsewhere: `monitoring: { logs: false }`, or `logs: true` for a new workspace";

/// Advice for a quota of cores.
pub(super) const CORES: &str = "lower `count` or choose another `vmSize`, or ask for more cores: \
     `az vm list-usage --location REGION -o table` shows what is left, https://aka.ms/azquota raises it";

/// Advice for a token that ARM refuses; which way it came, the code does not tell.
const LOGIN: &str = "`akstool doctor` says which login is used: a person logs in again, `az login`; of an application or a pipeline, \
     AZURE_TENANT_ID and `--cloud` must be those of the subscription";

/// Advice for a property that cannot change.
const FIXED: &str = "Azure cannot change this in place: `akstool plan PROFILE` shows what a replacement would take, \
     `--allow-replace NAME` allows it";

/// Advice for ranges.
const RANGES: &str = "`akstool network PROFILE` draws the ranges and what collides; change the CIDR in the profile, or write `cidr: auto`";

/// Advice for a resource that is still used.
const IN_USE: &str = "what uses it goes first: `akstool down NAME` again in some minutes, as AKS lets go of addresses late; \
     else delete what the message names";

/// Advice for a role.
const RIGHTS: &str = "have the role granted that holds the action the message names: \
     `akstool doctor PROFILE` lists all that is missing, with the roles that hold it and the command for each";

/// Advice for a resource that ours refers to.
const REFERENCE: &str = "the resource it refers to is not there or not ready: run `akstool up PROFILE` again once it is; \
     `akstool status NAME` shows its state";

/// Advice for a body that Azure does not take.
const CONTENT: &str = "Azure does not take what the profile asks for at the place the message names: correct it, \
     `akstool check PROFILE`, and run it again; `--trace FILE` keeps what was sent";

/// Advice for an upgrade that what runs in the cluster is not ready for.
const DEPRECATED: &str = "something in the cluster still asks for an API that the newer version does not have: move what the message \
     names (`kubectl get --raw /metrics` counts it as `apiserver_requested_deprecated_apis`), wait 12 hours and run the same \
     command again; to go up all the same, `up` with `forceUpgrade: true` and an `until` at \
     `upgradeSettings.overrideSettings` of `cluster.properties`";

/// Advice for a Kubernetes version.
const VERSION: &str = "`az aks get-versions --location REGION -o table` lists what is offered; set `cluster.version`, `latest` say";

/// Advice for a VM size.
const SIZE: &str = "choose another `vmSize`, region or zone: `az vm list-skus --location REGION --resource-type virtualMachines -o table` \
     shows what is offered to you";

/// Advice for the last system pool, which AKS never lets go.
const LAST_SYSTEM_POOL: &str = "a cluster keeps one system pool at least: add a system pool under another name to the profile, \
     `akstool up PROFILE`, then leave this one out with `--prune`";

/// Codes and advice, by theme.
pub(super) const TABLE: &[Line] = &[
    // Login.
    saying(
        "BadRequest",
        "disable local accounts",
        "the cluster has no local administrator: leave `--admin` out and log in as a member of its `cluster.entra.adminGroups`, \
         or with a role such as `Azure Kubernetes Service RBAC Cluster Admin` where `azureRbac` is on",
    ),
    saying(
        "BadRequest",
        "disablelocalaccounts can only be set",
        "set `cluster.entra: { adminGroups: [<object id of a group>] }` beside `localAccounts: false`",
    ),
    of("InvalidAuthenticationToken", LOGIN),
    of("ExpiredAuthenticationToken", LOGIN),
    of("AuthenticationFailed", LOGIN),
    of("Unauthorized", LOGIN),
    of(
        "InvalidAuthenticationTokenTenant",
        "the login belongs to another tenant than the subscription: `az login` with the `--tenant` of the subscription, or AZURE_TENANT_ID set to it",
    ),
    // Rights and policies.
    of("AuthorizationFailed", RIGHTS),
    of(
        "LinkedAuthorizationFailed",
        "the identity lacks a right on the resource the message names, as a rule `Network Contributor` on the subnet; \
         what was granted just now takes some minutes: run the same command again. Nobody granted it? \
         `az role assignment create --assignee ASSIGNEE --role \"Network Contributor\" --scope SCOPE`",
    ),
    of("Forbidden", RIGHTS),
    of(
        "RequestDisallowedByPolicy",
        "a policy of the subscription forbids it: change the profile to comply, or have an exemption made: \
         `az policy assignment list --scope SCOPE -o table` shows what applies",
    ),
    of(
        "ScopeLocked",
        "a lock forbids it: `az lock list -o table` shows it, `az lock delete` with its id removes it; then run the same command again",
    ),
    of("PrincipalNotFound", AGAIN),
    of("ServicePrincipalNotFound", AGAIN),
    of(
        "DenyAssignmentAuthorizationFailed",
        "a deny assignment forbids it whatever your roles: `az rest --method get --url \"/subscriptions/{subscriptionId}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01\"` lists them; ask whoever made it",
    ),
    of(
        "InvalidPrincipalId",
        "the identity is gone or not there yet: run `akstool up PROFILE` again; it makes what is missing",
    ),
    of(
        "RoleAssignmentExists",
        "the same role was granted under another name: nothing is lost; run `akstool up PROFILE` again",
    ),
    of("RoleAssignmentNotFound", MISSING),
    of(
        "RoleDefinitionDoesNotExist",
        "the role does not exist in this tenant: `az role definition list -o table` lists those that do",
    ),
    of(
        "RoleAssignmentLimitExceeded",
        "the subscription is full of role assignments: `az role assignment list --all -o table` shows them; delete stale ones",
    ),
    // Subscription and providers.
    of(
        "SubscriptionNotFound",
        "`az account list -o table` lists the subscriptions of your login; name one with `--subscription ID`",
    ),
    of(
        "InvalidSubscriptionId",
        "`az account list -o table` lists the subscriptions of your login; name one with `--subscription ID`",
    ),
    of(
        "MissingSubscriptionRegistration",
        "`akstool doctor PROFILE --register` registers the providers that the profile needs, once for the subscription",
    ),
    of(
        "SubscriptionNotRegistered",
        "register the provider the message names: `az provider register --namespace NAMESPACE --wait`, or `akstool doctor --register`",
    ),
    of(
        "InvalidSubscriptionRegistrationState",
        "wait until the provider is registered: `az provider show --namespace NAMESPACE --query registrationState`, then run it again",
    ),
    of(
        "NoRegisteredProviderFound",
        "this region or cloud does not speak that version: the message lists those it speaks; choose one with `--api-version TYPE=VERSION`",
    ),
    of(
        "InvalidApiVersionParameter",
        "the message lists the versions that are spoken: choose one with `--api-version TYPE=VERSION`",
    ),
    of("MissingApiVersionParameter", "say which version to speak: `--api-version TYPE=VERSION`"),
    of(
        "InvalidResourceType",
        "this cloud does not offer the type in that version: choose one with `--api-version TYPE=VERSION`, or another `--cloud`",
    ),
    of(
        "InvalidResourceNamespace",
        "this cloud does not offer the provider: `az provider list -o table` shows those it has",
    ),
    of(
        "DisallowedOperation",
        "the subscription is disabled or restricted: `az account show` tells its state",
    ),
    of(
        "ReadOnlyDisabledSubscription",
        "the subscription is disabled: `az account list --all -o table` shows its state; enable it, or name another with `--subscription ID`",
    ),
    // Groups.
    of(
        "ResourceGroupNotFound",
        "somebody deleted the group meanwhile: `akstool up PROFILE` makes it again; an existing network named by id needs its own group first",
    ),
    of(
        "GroupNotEmpty",
        "run the same command again: it names what is not its own and leaves it, and takes away what another run has made again",
    ),
    of(
        "ResourceGroupBeingDeleted",
        "the group is still being deleted: wait for it, `az group wait --deleted --name GROUP`, and run it again",
    ),
    of(
        "ResourceGroupDeletionBlocked",
        "delete what the message names first, then `akstool down NAME` again",
    ),
    of(
        "LocationNotAvailableForResourceGroup",
        "`az account list-locations -o table` lists the regions; set `metadata.location` or `--location REGION`",
    ),
    of(
        "LocationNotAvailableForResourceType",
        "`az account list-locations -o table` lists the regions; set `metadata.location` or `--location REGION`",
    ),
    of(
        "InvalidResourceLocation",
        "it exists in another region: choose another `metadata.name`, or set `metadata.location` to that region",
    ),
    of(
        "InvalidResourceGroupLocation",
        "the group exists in another region: choose another `metadata.resourceGroup`, or set `metadata.location` to that region",
    ),
    of(
        "ResourceGroupQuotaExceeded",
        "the subscription is full of groups: `akstool list` shows the environments, `akstool down` with its name takes one away",
    ),
    of(
        "ResourceQuotaExceeded",
        "a quota is used up: the message names it; `akstool list` shows what may go, https://aka.ms/azquota raises it",
    ),
    of(
        "QuotaExceeded",
        "a quota is used up: the message names it; `akstool list` shows what may go, https://aka.ms/azquota raises it",
    ),
    // Things that are not there.
    of("ResourceNotFound", MISSING),
    of("GetLogAnalyticsWorkspaceError", WORKSPACE),
    of("NotFound", MISSING),
    of("ParentResourceNotFound", MISSING),
    of("InvalidResourceReference", REFERENCE),
    of("VnetSubnetNotFound", REFERENCE),
    of("ReferencedResourceNotProvisioned", REFERENCE),
    of(
        "LinkedInvalidPropertyId",
        "an id in the profile is no id: copy it whole, as `az resource list --query [].id -o tsv` shows it",
    ),
    of(
        "GetVnetError",
        "AKS cannot read the network: check the id in the profile and the identity's role on it: `akstool doctor PROFILE` reads both",
    ),
    // Conflicts.
    of("AnotherOperationInProgress", AGAIN),
    saying("OperationNotAllowed", "quota", CORES),
    saying("OperationNotAllowed", "cores", CORES),
    saying(
        "OperationNotAllowed",
        "available upgrades",
        "AKS goes up one minor version at a time: set `cluster.version`, or a pool's, to one that the message lists",
    ),
    saying(
        "OperationNotAllowed",
        "stopped",
        "the cluster sleeps and takes no change: `akstool start NAME` wakes it, then run the same command again",
    ),
    saying("OperationNotAllowed", "at least one system", LAST_SYSTEM_POOL),
    of(
        "OperationNotAllowed",
        "another operation is still running, or the cluster is stopped: `akstool status NAME` shows its state; run it again afterwards",
    ),
    of(
        "EtagMismatch",
        "somebody else changed it at the same moment: run the same command again; it plans from what is there now",
    ),
    of(
        "OriginalEtagNotExpect",
        "a later operation overtook this one: run the same command again; it plans from what is there now",
    ),
    of(
        "AKSOperationPreempted",
        "a later operation overtook this one: run the same command again; it plans from what is there now",
    ),
    of(
        "AKSOperationPreemptedByDelete",
        "somebody is deleting it: wait for that, `akstool status NAME`, then run the same command again",
    ),
    of(
        "PreconditionFailed",
        "somebody else changed it at the same moment: run the same command again; it plans from what is there now",
    ),
    of(
        "ChangedMeanwhile",
        "it is left as it is: run the same command again, which plans from what is there now and shows that first",
    ),
    of(
        "NotSucceeded",
        "run the same command again: it writes it once more, which heals most; `akstool status NAME` shows its state",
    ),
    of(
        "NotAsWritten",
        "somebody, a policy say, changes it behind every write: `akstool plan PROFILE` shows what differs",
    ),
    of("ResourceGone", MISSING),
    of("Conflict", AGAIN),
    of("RetryableError", AGAIN),
    of("RetryableErrorDueToAnotherOperation", AGAIN),
    saying(
        "FailedIdentityOperation",
        "was not found",
        "the cluster's identity is gone, or too new to be known everywhere: run the same command again in a minute; \
         `akstool up PROFILE` makes it again where it is gone",
    ),
    of("FailedIdentityOperation", AGAIN),
    of("CannotDeleteResource", IN_USE),
    of("InUseSubnetCannotBeDeleted", IN_USE),
    of("InUseRouteTableCannotBeDeleted", IN_USE),
    of("InUseNetworkSecurityGroupCannotBeDeleted", IN_USE),
    of("InUseVirtualNetworkCannotBeDeleted", IN_USE),
    of("PublicIPAddressCannotBeDeleted", IN_USE),
    of("NatGatewayInUse", IN_USE),
    of("Canceled", "somebody cancelled it: run the same command again; what is done stays done"),
    of(
        "OperationCanceled",
        "somebody cancelled it: run the same command again; what is done stays done",
    ),
    // Ranges.
    of("NetcfgSubnetRangesOverlap", RANGES),
    of("NetcfgSubnetRangeOutsideVnet", RANGES),
    of("NetcfgInvalidSubnet", RANGES),
    of("NetworkProfileCIDROverlapVNET", RANGES),
    of("ServiceCidrOverlapExistingSubnetsCidr", RANGES),
    of("VnetAddressSpacesOverlap", RANGES),
    of("VirtualNetworkPeeringsOverlap", RANGES),
    of("InvalidCIDRNotation", RANGES),
    of(
        "SubnetIsFull",
        "the subnet has no address left: `akstool network PROFILE` says how large it must be; use a larger one, or fewer nodes",
    ),
    of(
        "InsufficientSubnetSize",
        "the subnet is too small for the pools: `akstool network PROFILE` says by how much and names the prefix that would do",
    ),
    of(
        "ExistingRouteTableNotAssociatedWithSubnet",
        "kubenet needs its route table on the node subnet: set `network.subnets.nodes` to one that has it, or leave both out and `akstool up PROFILE` makes them",
    ),
    of(
        "VMExtensionProvisioningError",
        "a node came up and could not be set up, mostly for want of a way out: check routes, firewall and DNS of the node subnet against https://aka.ms/aks/outbound-rules, then run the same command again",
    ),
    of(
        "OutboundConnFailVMExtensionError",
        "nodes do not reach what AKS needs: open routes, firewall and DNS of the node subnet as https://aka.ms/aks/outbound-rules lists, then run the same command again",
    ),
    of(
        "CreateVMSSAgentPoolFailed",
        "the scale set could not be made: the inner code says why; `akstool doctor PROFILE` looks at quota, sizes and policies",
    ),
    of("ReconcileVNetError", AGAIN),
    of("SetVNetOwnershipFailed", AGAIN),
    of("VirtualNetworkNotInSucceededState", AGAIN),
    of(
        "RemotePeeringIsDisconnected",
        "the other half of the peering is left from a network that is gone: it is written again, or deleted, before this one; \
         `akstool plan PROFILE` does so where the profile has `bothDirections`, else ask whoever has the other network",
    ),
    of(
        "InvalidTagNameCharacters",
        "a tag's name may hold none of `<>%&\\?/`: correct `metadata.tags`, and run the same command again",
    ),
    of(
        "CustomRouteTableMissingPermission",
        "the cluster's identity needs `Network Contributor` on the route table: run `akstool up PROFILE`, which grants it before the cluster is made; \
         what was granted just now takes some minutes: run the same command again",
    ),
    of(
        "CustomRouteTableWithUnsupportedMSIType",
        "kubenet on its own subnet needs a user-assigned identity: run `akstool up PROFILE`, which makes one",
    ),
    of(
        "SubnetMissingRouteTable",
        "kubenet needs a route table on the subnet: run `akstool up PROFILE`, which attaches one, or attach yours",
    ),
    // Quotas and capacity.
    of("ErrCode_InsufficientVCPUQuota", CORES),
    of("InsufficientVCPUQuota", CORES),
    of(
        "ManagedClusterCountExceedsQuotaLimit",
        "the region holds no more clusters of yours: `akstool list` shows what may go, `akstool down` with its name takes one away; \
         or use another `--location REGION`",
    ),
    of(
        "PublicIPCountLimitReached",
        "no public address is left in the region: `az network list-usages --location REGION -o table` shows the quota; https://aka.ms/azquota raises it",
    ),
    of("SkuNotAvailable", SIZE),
    of("NotAvailableForSubscription", SIZE),
    of("VMSizeNotSupported", SIZE),
    of("AvailabilityZoneNotSupported", SIZE),
    of("AllocationFailed", SIZE),
    of("ZonalAllocationFailed", SIZE),
    of("OverconstrainedAllocationRequest", SIZE),
    of(
        "AksCapacityHeavyUsage",
        "the region is short of capacity: try again later, or another `--location REGION`",
    ),
    of("SubscriptionRequestsThrottled", AGAIN),
    of("ResourceRequestsThrottled", AGAIN),
    of("TooManyRequests", AGAIN),
    of("Throttled", AGAIN),
    of("429", AGAIN),
    // What AKS does not take.
    of("AgentPoolK8sVersionNotSupported", VERSION),
    of("K8sVersionNotSupported", VERSION),
    of("UpgradeBlockedOnDeprecatedAPIUsage", DEPRECATED),
    saying("ValidationError", "usage of a kubernetes api deprecated", DEPRECATED),
    of(
        "SystemPoolHasRestrictedTaint",
        "take the taint off the system pool, or set `mode: user`: see `pools` in the profile, then `akstool check PROFILE`",
    ),
    of("SystemPoolSkuTooLow", SIZE),
    of("PropertyChangeNotAllowed", FIXED),
    of("AgentPoolUpdateNotAllowed", FIXED),
    of("InvalidParameter", CONTENT),
    saying(
        "BadRequest",
        "agent pool was introduced",
        "somebody added or deleted a node pool meanwhile: run the same command again, which plans from what is there now",
    ),
    of("BadRequest", CONTENT),
    of("InvalidRequestContent", CONTENT),
    of("InvalidRequestFormat", CONTENT),
    of("InvalidTemplate", CONTENT),
    of("InvalidTemplateDeployment", CONTENT),
    of("MissingRequiredParameter", CONTENT),
    of("LocationRequired", "set `metadata.location` or `--location REGION`"),
    of("MustSpecifyBothEncryptionIntentAndEnforcementPolicy", CONTENT),
    of("UnprocessableEntity", CONTENT),
    of("RequestEntityTooLarge", CONTENT),
    of(
        "ReservedResourceName",
        "the name is reserved by Azure: choose another `metadata.name` or `--name NAME`",
    ),
    of(
        "InvalidResourceName",
        "Azure does not take the name: choose another `metadata.name` or `--name NAME`",
    ),
    // The way there; these codes are ours.
    of(
        "NoConnection",
        "check the network and a proxy (HTTPS_PROXY), then run the same command again; nothing was sent",
    ),
    of(
        "ConnectionLost",
        "check the network and a proxy (HTTPS_PROXY), then run the same command again; what is done stays done",
    ),
    of("LoginFailed", LOGIN),
    of(
        "GaveUp",
        "Azure may still be at work: `akstool status NAME` shows it, and running the same command again picks it up",
    ),
    of(
        "OddAnswer",
        "something between here and Azure may answer in its place, a proxy or a sign-in page: check HTTPS_PROXY and \
         `--arm-endpoint`; `--trace FILE` keeps what was answered",
    ),
    of(
        "NoTls",
        "SSL_CERT_FILE, where it is set, must name a PEM file of certificates to trust: correct or unset it, and run the same command again",
    ),
    of(
        "BadEndpoint",
        "correct `--arm-endpoint` or AZURE_AUTHORITY_HOST, such as `https://127.0.0.1:8443`",
    ),
    // Azure itself.
    of("InternalServerError", AGAIN),
    of("InternalOperationError", AGAIN),
    of("BadGatewayConnection", AGAIN),
    of("BadGateway", AGAIN),
    of("ServiceUnavailable", AGAIN),
    of("GatewayTimeout", AGAIN),
    of("RequestTimeout", AGAIN),
    of("ServerTimeout", AGAIN),
    of(
        "TimedOut",
        "run the same command again: it picks up what Azure went on with; a longer `--timeout` waits longer",
    ),
    of(
        "SimulatorStateUnavailable",
        "the embedded Azure cannot read or write its state file: `akstool sim show` says more; AKSTOOL_SIM_STATE names another file",
    ),
];
