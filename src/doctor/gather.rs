//! Reads from Azure what doctor wants to know: reads only, all at once, so that the whole look
//! costs one round trip of latency, two where policies stand in the way.
//!
//! A read that is refused becomes [`Read::Unknown`] with Azure's reason and stops nothing else.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::Value;

use crate::arm::body::ApiVersion;
use crate::arm::client::{Arm, Pages};
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::request::{Method, Request};
use crate::kind::{
    Kind as _, LogWorkspace, NatGateway, Permission, PublicIp, Registry, ResourceGroup, RouteTable,
    SecurityGroup, Subnet, VirtualNetwork,
};

use super::ask::{body, listed, odd, one, unknown};
use super::attached::Attached;
use super::facts::{
    ClusterFacts, ExitFacts, Facts, Located, Lock, NetworkFacts, Offered, Policy, Provider, Read,
    Subscription, Usage,
};
use super::names;
use super::needs::Needs;
use super::policies;
use super::reading;
use super::who::Who;

static SUBSCRIPTIONS: ApiVersion = ApiVersion::new("2022-12-01");
static PERMISSIONS: ApiVersion = ApiVersion::new("2022-04-01");
static PROVIDERS: ApiVersion = ApiVersion::new("2021-04-01");
static GROUPS: ApiVersion = ResourceGroup::API;
static COMPUTE: ApiVersion = ApiVersion::new("2024-07-01");
static SIZES: ApiVersion = ApiVersion::new("2021-07-01");
static NETWORK: ApiVersion = ApiVersion::new("2025-07-01");
pub(super) static AKS: ApiVersion = ApiVersion::new("2025-10-01");
static LOCKS: ApiVersion = ApiVersion::new("2020-05-01");
static POLICIES: ApiVersion = ApiVersion::new("2022-06-01");

/// Prefixes of public addresses, a type without a kind here.
const PREFIX: &str = "Microsoft.Network/publicIPPrefixes";

/// The providers that every environment needs.
const BASE: [&str; 4] = [
    "Microsoft.Compute",
    "Microsoft.ContainerService",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
];

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything.
    Whole,
    /// What `up` wants to know before its first write.
    Cheap,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The subscription's id.
    pub(super) subscription: &'a str,
    /// The region, when one is known.
    pub(super) location: Option<&'a str>,
    /// What the profile needs, when there is one.
    pub(super) needs: Option<&'a Needs>,
    /// How much is looked at.
    pub(super) depth: Depth,
}

impl Asked<'_> {
    fn whole(&self) -> bool {
        self.depth == Depth::Whole
    }

    fn id(&self) -> ResourceId {
        ResourceId::subscription(self.subscription)
    }
}

/// Reads all that is asked. Only a subscription that cannot be reached at all is an error.
pub(super) async fn gather(arm: &Arm, asked: &Asked<'_>, who: Option<Who>) -> Result<Facts, Error> {
    let id = asked.id();
    let makes = |kind| {
        let needs = asked.needs?;
        needs.own(kind).filter(|id| needs.makes(id))
    };
    let (subscription, scopes, region, places, standing, policies, registry, workspace) = tokio::join!(
        subscription(arm, asked),
        scopes(arm, asked),
        in_region(arm, asked),
        places(arm, asked),
        standing(arm, asked),
        policies(arm, asked),
        names::registry(arm, &id, makes(Registry::TYPE)),
        names::log_workspace(arm, &id, makes(LogWorkspace::TYPE)),
    );
    let (rights, providers, locks) = scopes;
    let (compute, network, sizes, versions) = region;
    let (group, cluster, node_group) = places;
    Ok(Facts {
        subscription_id: asked.subscription.to_owned(),
        location: asked.location.map(reading::region).unwrap_or_default(),
        is_of_profile: asked.needs.is_some(),
        who,
        login: None,
        subscription: subscription?,
        rights,
        providers,
        compute,
        network,
        // Read out only now: a thousand environments that wait hold the one list.
        sizes: sizes.map(|pages| reading::sizes(&pages)),
        versions,
        locks,
        policies,
        group,
        cluster,
        node_group,
        registry,
        log_workspace: workspace,
        networks: standing.networks,
        own_networks: standing.own_networks,
        attached: standing.attached,
        exits: standing.exits,
        existing: standing.existing,
    })
}

async fn subscription(arm: &Arm, asked: &Asked<'_>) -> Result<Read<Subscription>, Error> {
    if !asked.whole() {
        return Ok(Read::NotAsked);
    }
    let request = Request::new(Method::Get, &asked.id(), "", &SUBSCRIPTIONS);
    match arm.send(request).await {
        Ok(answer) => Ok(reading::subscription(&answer.body).map_or_else(odd, Read::Got)),
        Err(error @ Error::Refused { .. }) => Ok(unknown(&error)),
        // Nobody could log in, or nobody answered: nothing else will work either.
        Err(error) => Err(error),
    }
}

type Scopes = (
    BTreeMap<ResourceId, Read<Vec<Permission>>>,
    BTreeMap<String, Read<Provider>>,
    Read<Vec<Lock>>,
);

async fn scopes(arm: &Arm, asked: &Asked<'_>) -> Scopes {
    let mut wanted = asked.needs.map(Needs::scopes).unwrap_or_default();
    wanted.insert(asked.id());
    let rights = join_all(wanted.into_iter().map(|scope| async move {
        let suffix = "/providers/Microsoft.Authorization/permissions";
        let read = listed(arm, &scope, suffix, &PERMISSIONS, &[], Permission::read).await;
        (scope, read)
    }));
    let namespaces: Vec<String> = match asked.needs {
        Some(needs) => needs.types().into_keys().collect(),
        None => BASE.iter().map(|name| (*name).to_owned()).collect(),
    };
    let providers = join_all(namespaces.into_iter().map(|namespace| async move {
        let read = provider(arm, &asked.id(), &namespace).await;
        (namespace, read)
    }));
    let locks = async {
        if !asked.whole() {
            return Read::NotAsked;
        }
        locks(arm, &asked.id()).await
    };
    let (rights, providers, locks) = tokio::join!(rights, providers, locks);
    (rights.into_iter().collect(), providers.into_iter().collect(), locks)
}

/// Reads the locks of a scope: those on it and, of a subscription or group, on all within.
pub(super) async fn locks(arm: &Arm, scope: &ResourceId) -> Read<Vec<Lock>> {
    let suffix = "/providers/Microsoft.Authorization/locks";
    listed(arm, scope, suffix, &LOCKS, &[], reading::lock).await
}

/// Reads the versions that a cluster or a pool may go to from where it is.
pub(super) async fn upgrades(arm: &Arm, id: &ResourceId) -> Read<Vec<String>> {
    let request = Request::new(Method::Get, id, "/upgradeProfiles/default", &AKS);
    one(arm, request, reading::upgrades).await
}

/// Reads a resource provider.
pub(super) async fn provider(
    arm: &Arm,
    subscription: &ResourceId,
    namespace: &str,
) -> Read<Provider> {
    let suffix = format!("/providers/{namespace}");
    let request = Request::new(Method::Get, subscription, &suffix, &PROVIDERS);
    one(arm, request, reading::provider).await
}

/// Starts the registration of a resource provider.
pub(super) async fn register(
    arm: &Arm,
    subscription: &ResourceId,
    namespace: &str,
) -> Result<(), Error> {
    let suffix = format!("/providers/{namespace}/register");
    arm.post(subscription, &suffix, &PROVIDERS, None).await.map(drop)
}

/// Reads what of a region's quota of cores is used, and the sizes on offer there.
pub(super) async fn cores(
    arm: &Arm,
    subscription: &ResourceId,
    location: &str,
) -> (Read<Vec<Usage>>, Read<Pages>) {
    let location = reading::region(location);
    let usages = format!("/providers/Microsoft.Compute/locations/{location}/usages");
    let here = [("$filter", format!("location eq '{location}'"))];
    tokio::join!(listed(arm, subscription, &usages, &COMPUTE, &[], reading::usage), async {
        let sizes = "/providers/Microsoft.Compute/skus";
        match arm.pages(subscription, sizes, &SIZES, &here).await {
            Ok(pages) => Read::Got(pages),
            Err(error) => unknown(&error),
        }
    },)
}

type Region = (Read<Vec<Usage>>, Read<Vec<Usage>>, Read<Pages>, Read<Vec<Offered>>);

async fn in_region(arm: &Arm, asked: &Asked<'_>) -> Region {
    let Some(location) = asked.location.map(reading::region).filter(|name| !name.is_empty()) else {
        return Region::default();
    };
    let id = asked.id();
    let network = format!("/providers/Microsoft.Network/locations/{location}/usages");
    let ((compute, sizes), network, offered) = tokio::join!(
        cores(arm, &id, &location),
        listed(arm, &id, &network, &NETWORK, &[], reading::usage),
        async {
            match versions(arm, asked.subscription, &location).await {
                Ok(found) => Read::Got(found),
                Err(error) => unknown(&error),
            }
        },
    );
    (compute, network, sizes, offered)
}

/// Reads the Kubernetes versions that a region offers.
pub async fn versions(
    arm: &Arm,
    subscription: &str,
    location: &str,
) -> Result<Vec<Offered>, Error> {
    let location = reading::region(location);
    let suffix =
        format!("/providers/Microsoft.ContainerService/locations/{location}/kubernetesVersions");
    let id = ResourceId::subscription(subscription);
    let request = Request::new(Method::Get, &id, &suffix, &AKS);
    let name = request.to_string();
    let answer = arm.answer(request).await?;
    // Every other list of Azure's is called `value`.
    let values = ["values", "value"].iter().find_map(|name| answer.body.get(name)?.as_array());
    let no_list = "a body that is no list".to_owned();
    let values =
        values.ok_or(Error::Odd { status: answer.status, request: name, what: no_list })?;
    Ok(reading::items(values, reading::offered))
}

type Places = (Read<Option<Located>>, Read<Option<ClusterFacts>>, Read<Option<Located>>);

async fn places(arm: &Arm, asked: &Asked<'_>) -> Places {
    let Some(needs) = asked.needs else { return Places::default() };
    let (group, mut cluster, node_group) = tokio::join!(
        body(arm, &needs.group, &GROUPS),
        body(arm, &needs.cluster, &AKS),
        node_group(arm, &needs.node_group),
    );
    // Another run may have begun to make the cluster between the two reads.
    if cluster == Read::Got(None) && matches!(node_group, Read::Got(Some(_))) {
        cluster = body(&arm.fresh(), &needs.cluster, &AKS).await;
    }
    let place = |read: Read<Option<Value>>| read.map(|body| body.as_ref().map(reading::place));
    let cluster = cluster.map(|body| body.as_ref().map(reading::cluster));
    (place(group), cluster, place(node_group))
}

/// Reads the group that AKS is going to make for the nodes. One list says of a whole fleet which of
/// them are not there.
async fn node_group(arm: &Arm, id: &ResourceId) -> Read<Option<Value>> {
    if arm.is_sparing() {
        let subscription = ResourceId::subscription(id.subscription_id());
        let listed = arm.pages(&subscription, "/resourcegroups", &GROUPS, &[]).await;
        let text = |group: &Value| group.get("id")?.as_str().map(str::to_ascii_lowercase);
        let own = id.as_str().to_ascii_lowercase();
        let is_it = |group: &Value| text(group).is_some_and(|text| text == own);
        if listed.is_ok_and(|listed| !listed.items().any(is_it)) {
            return Read::Got(None);
        }
    }
    body(arm, id, &GROUPS).await
}

/// What stands of the network, and what is attached to the subnets of the profile.
#[derive(Default)]
struct Standing {
    networks: BTreeMap<ResourceId, Read<Option<NetworkFacts>>>,
    own_networks: BTreeMap<ResourceId, NetworkFacts>,
    attached: BTreeMap<ResourceId, Attached>,
    exits: Exits,
    existing: BTreeMap<ResourceId, Read<Option<Located>>>,
}

async fn standing(arm: &Arm, asked: &Asked<'_>) -> Standing {
    let Some(needs) = asked.needs else { return Standing::default() };
    let others = needs.existing().filter(|resource| {
        let is_network = [VirtualNetwork::TYPE, Subnet::TYPE].contains(&&*resource.kind);
        !is_network && (asked.whole() || is_exit(&resource.id))
    });
    let others = join_all(others.map(|resource| async move {
        let read = body(arm, &resource.id, &resource.api).await;
        (resource.id.clone(), read)
    }));
    let ((networks, own_networks, on_subnets), others) = tokio::join!(networks(arm, needs), others);
    let named = others.iter().filter_map(|(id, read)| Some((id, read.got()?.as_ref()?)));
    let (exits, attached) = split(on_subnets.iter().chain(named));
    let place = |read: Read<Option<Value>>| read.map(|body| body.as_ref().map(reading::place));
    let existing = others.into_iter().map(|(id, read)| (id, place(read))).collect();
    Standing { networks, own_networks, attached, exits, existing }
}

/// Tells whether traffic leaves by a resource, under addresses of its own.
pub(super) fn is_exit(id: &ResourceId) -> bool {
    let types = [PublicIp::TYPE, NatGateway::TYPE, PREFIX];
    types.iter().any(|kind| id.is_type(kind))
}

type Exits = BTreeMap<ResourceId, ExitFacts>;

/// Reads what was found: by what traffic leaves, and what decides where it goes.
pub(super) fn split<'a>(
    found: impl Iterator<Item = (&'a ResourceId, &'a Value)>,
) -> (Exits, BTreeMap<ResourceId, Attached>) {
    let (mut exits, mut attached) = (BTreeMap::new(), BTreeMap::new());
    for (id, body) in found {
        if is_exit(id) {
            exits.insert(id.clone(), reading::exit(body));
        } else if id.is_type(RouteTable::TYPE) || id.is_type(SecurityGroup::TYPE) {
            attached.insert(id.clone(), reading::attached(body));
        }
    }
    (exits, attached)
}

type Around = (
    BTreeMap<ResourceId, Read<Option<NetworkFacts>>>,
    BTreeMap<ResourceId, NetworkFacts>,
    BTreeMap<ResourceId, Value>,
);

async fn networks(arm: &Arm, needs: &Needs) -> Around {
    let named = join_all(needs.networks().into_iter().map(|id| async move {
        let read = network(arm, &id).await;
        (id, read.map_or_else(|error| unknown(&error), Read::Got))
    }));
    let own = join_all(needs.own_networks().into_iter().map(|id| async move {
        let found = arm.get(&id, &NETWORK).await.ok().flatten()?;
        Some((id, reading::network(&found.body)))
    }));
    let (named, own) = tokio::join!(named, own);
    let networks: BTreeMap<_, _> = named.into_iter().collect();
    let own: BTreeMap<_, _> = own.into_iter().flatten().collect();
    let all = networks.iter().filter_map(|(id, read)| Some((id, read.got()?.as_ref()?)));
    let ids = on_subnets(needs, all.chain(&own));
    (networks, own, attached(arm, ids).await)
}

/// Returns the route tables, security groups and NAT gateways on the subnets that a profile names.
pub(super) fn on_subnets<'a>(
    needs: &Needs,
    networks: impl Iterator<Item = (&'a ResourceId, &'a NetworkFacts)>,
) -> BTreeSet<ResourceId> {
    let subnets = networks.flat_map(|(id, network)| {
        let named = network.subnets.iter();
        named.filter(|subnet| needs.has(&id.child("subnets", &subnet.name)))
    });
    let on = subnets
        .flat_map(|subnet| [&subnet.route_table, &subnet.security_group, &subnet.nat_gateway]);
    on.flatten().filter_map(|id| ResourceId::parse(id).ok()).collect()
}

/// Reads what is attached to subnets; what may not be read is left out.
pub(super) async fn attached(arm: &Arm, ids: BTreeSet<ResourceId>) -> BTreeMap<ResourceId, Value> {
    let reads = join_all(ids.into_iter().map(|id| async move {
        let answer = arm.get(&id, &NETWORK).await.ok().flatten()?;
        Some((id, answer.body))
    }));
    reads.await.into_iter().flatten().collect()
}

/// Reads a virtual network, if it is there, and the addresses in use in its subnets.
pub(super) async fn network(arm: &Arm, id: &ResourceId) -> Result<Option<NetworkFacts>, Error> {
    let usages = listed(arm, id, "/usages", &NETWORK, &[], reading::subnet_usage);
    let (answer, usages) = tokio::join!(arm.get(id, &NETWORK), usages);
    let Some(answer) = answer? else { return Ok(None) };
    let mut network = reading::network(&answer.body);
    for (name, used) in usages.got().into_iter().flatten() {
        let subnet = network.subnets.iter_mut().find(|s| s.name.eq_ignore_ascii_case(name));
        if let Some(subnet) = subnet {
            subnet.used = Some(*used);
        }
    }
    Ok(Some(network))
}

async fn policies(arm: &Arm, asked: &Asked<'_>) -> Read<Vec<Policy>> {
    if !asked.whole() && !asked.needs.is_some_and(Needs::makes_any) {
        return Read::NotAsked;
    }
    // Those of the group too, once it is there; it inherits the subscription's.
    let scope = asked.needs.map_or_else(|| asked.id(), |needs| needs.group.clone());
    let suffix = "/providers/Microsoft.Authorization/policyAssignments";
    let above = [("$filter", "atScope()".to_owned())];
    let found = match arm.list_of(&scope, suffix, &POLICIES, &above, reading::policy).await {
        Err(Error::Refused { status: 404, .. }) => {
            arm.list_of(&asked.id(), suffix, &POLICIES, &above, reading::policy).await
        }
        other => other,
    };
    match found {
        Err(error) => unknown(&error),
        Ok(mut found) => {
            // The initiatives that Azure defines audit, rule by rule by the hundred.
            found.retain(|policy| asked.whole() || !policy.is_initiative_of_azure());
            Read::Got(policies::fill_in(arm, found).await)
        }
    }
}
