//! What later steps of a job need of an environment, read from its cluster.

use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::planner::Planner;
use crate::arm::ResourceId;
use crate::event::{Ending, Outcome};
use crate::kind::{Cluster, Identity, Kind as _};
use crate::profile::Profile;
use crate::ui::Watch;
use crate::ui::outputs::Outputs;
use crate::ui::{Listener as _, json};

/// How many environments are told of; chosen: reads of clusters have a small bucket, of 60, that
/// other runs need too. `akstool status --outputs` tells of any one.
const MOST: usize = 20;

/// Reads and tells the outputs of every environment that is as it should be, where somebody takes
/// them. What cannot be read is a warning: the run itself succeeded.
pub(super) async fn tell<P: Planner>(
    context: &Context,
    azure: &Azure,
    watch: &Watch,
    planners: &[P],
    outcomes: &[Outcome],
) {
    let facts = context.screen.terminal();
    if (facts.ci.is_none() && !facts.json) || planners.len() > MOST {
        return;
    }
    let done =
        |outcome: &Outcome| matches!(outcome.result, Ending::Succeeded | Ending::NothingToDo);
    let ready = planners.iter().zip(outcomes).filter(|(_, outcome)| done(outcome));
    let work = ready.map(|(planner, _)| planner.outputs(azure));
    let read = stream::iter(work).buffered(MOST).collect::<Vec<_>>();
    let Ok(read) = context.bounded(read).await else { return };
    let mut all = Vec::new();
    for one in read {
        match one {
            Ok(one) => all.extend(one),
            Err(error) => context.screen.warn(&format!("outputs are incomplete: {error}")),
        }
    }
    if facts.json {
        for one in &all {
            json::event(&context.screen, watch, "outputs", one);
        }
    }
    if !all.is_empty() {
        context.beside().outputs(&all);
    }
}

/// Returns the outputs of a cluster that is looked up now; `None` where there is none.
pub(crate) async fn of_cluster(azure: &Azure, id: &ResourceId) -> Result<Option<Outputs>, Error> {
    let found = azure.arm.get(id, &Cluster::API).await?;
    Ok(found.map(|found| of_body(id, &found.body)))
}

/// Adds the identities that a profile makes for workloads, as they stand.
pub(crate) async fn add_workloads(
    outputs: &mut Outputs,
    azure: &Azure,
    profile: &Profile,
) -> Result<(), Error> {
    let group = profile.metadata.resource_group_or_default();
    let group = ResourceId::resource_group(&azure.subscription, group);
    let names = profile.workload_identities.keys().map(|key| profile.workload_name(key));
    let ids: Vec<ResourceId> = names.map(|name| group.resource(Identity::TYPE, &name)).collect();
    let api = Identity::API;
    let looks = ids.iter().map(|id| azure.arm.get(id, &api));
    let found = try_join_all(looks).await?;
    let bodies = ids.iter().zip(&found).filter_map(|(id, one)| Some((id, &one.as_ref()?.body)));
    add_identities(outputs, bodies);
    Ok(())
}

/// Returns the outputs that a cluster's document holds.
pub(crate) fn of_body(id: &ResourceId, body: &Value) -> Outputs {
    let text = |pointer: &str| {
        body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let fqdn = ["/properties/fqdn", "/properties/privateFQDN"].map(text);
    Outputs {
        subscription_id: id.subscription_id().to_owned(),
        resource_group: id.group_name().unwrap_or_default().to_owned(),
        location: text("/location"),
        cluster_id: id.as_str().to_owned(),
        cluster_name: id.name().to_owned(),
        node_resource_group: text("/properties/nodeResourceGroup"),
        fqdn: fqdn.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        oidc_issuer: text("/properties/oidcIssuerProfile/issuerURL"),
        subnet_ids: subnets(body),
        identity_ids: own(body).map(spelt).collect(),
        ..Outputs::default()
    }
}

/// Adds the identities that stand beside the cluster's own: they are there for workloads.
pub(crate) fn add_identities<'a>(
    outputs: &mut Outputs,
    all: impl Iterator<Item = (&'a ResourceId, &'a Value)>,
) {
    for (id, body) in all.filter(|(id, _)| id.is_type(Identity::TYPE)) {
        if outputs.identity_ids.iter().any(|known| known.eq_ignore_ascii_case(id.as_str())) {
            continue;
        }
        outputs.identity_ids.push(spelt(id.as_str()));
        let Some(client) = body.pointer("/properties/clientId").and_then(Value::as_str) else {
            continue;
        };
        outputs.client_ids.push(client.to_owned());
        let name = id.name();
        let key = name.strip_prefix(&outputs.environment).and_then(|key| key.strip_prefix('-'));
        outputs.workload_client_ids.insert(key.unwrap_or(name).to_owned(), client.to_owned());
    }
}

/// Returns an id as plans spell it.
fn spelt(id: &str) -> String {
    ResourceId::parse(id).map_or_else(|_| id.to_owned(), |id| crate::kind::spelt(&id).to_string())
}

/// Returns the identities that the cluster and its machines act with.
fn own(body: &Value) -> impl Iterator<Item = &str> {
    let named = body.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    let named = named.into_iter().flat_map(|named| named.keys().map(String::as_str));
    let machines = body.pointer("/properties/identityProfile/kubeletidentity/resourceId");
    named.chain(machines.and_then(Value::as_str))
}

/// Returns the subnets of nodes, pods and the API server, each once.
fn subnets(body: &Value) -> Vec<String> {
    let pools = body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
    let of_pool = |pool: &Value| {
        ["vnetSubnetID", "podSubnetID"].map(|name| Some(pool.get(name)?.as_str()?.to_owned()))
    };
    let server = body.pointer("/properties/apiServerAccessProfile/subnetId");
    let mut found: Vec<String> = Vec::new();
    for id in pools
        .into_iter()
        .flatten()
        .flat_map(of_pool)
        .chain([server.and_then(Value::as_str).map(str::to_owned)])
        .flatten()
    {
        let id = spelt(&id);
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_clusters_document_holds_nearly_all() {
        let group = ResourceId::resource_group("s", "g");
        let id = group.resource(Cluster::TYPE, "c");
        let net = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
        let nodes = format!("{net}/subnets/nodes");
        let mine = group.resource(Identity::TYPE, "c-id");
        let body = json!({
            "location": "westeurope",
            "identity": { "userAssignedIdentities": { mine.as_str(): {} } },
            "properties": {
                "privateFQDN": "c.private", "nodeResourceGroup": "MC",
                "agentPoolProfiles": [{ "vnetSubnetID": nodes }, { "vnetSubnetID": nodes }],
            }
        });
        let mut outputs = of_body(&id, &body);
        assert_eq!(outputs.fqdn, "c.private");
        assert_eq!(outputs.subnet_ids, [nodes]);
        assert_eq!(outputs.identity_ids, [mine.as_str()]);
        let app = group.resource(Identity::TYPE, "app");
        let client = json!({ "properties": { "clientId": "42" } });
        add_identities(&mut outputs, [(&mine, &client), (&app, &client)].into_iter());
        assert_eq!(outputs.client_ids, ["42"]);
        assert_eq!(outputs.workload_client_ids["app"], "42");
        assert_eq!(outputs.identity_ids.len(), 2);
    }
}
