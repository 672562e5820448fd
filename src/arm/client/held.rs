//! A resource that another operation holds: which one it is, and waiting until it lets go.
//!
//! Reading costs less than writing in vain: AKS gives one write a minute back, and a read a second.

use std::time::Duration;

use serde_json::Value;

use super::promise::unregistered;
use super::spoken::{GROUPS, Spoken};
use super::{Arm, Purpose};
use crate::arm::body::ApiVersion;
use crate::arm::error::Fault;
use crate::arm::id::ResourceId;
use crate::arm::operation::{self, Next, Operation, Polling};
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::retry::{Class, Retry, TOTAL_BUDGET};

/// What comes before the address of the operation in the network's refusal
/// (`AnotherOperationInProgress`, recorded 20 times).
const AT: &str = "use uri:";

/// How often what holds a resource is asked after; chosen: a cluster's end is noticed within ten
/// seconds, and AKS gives back a read a second.
const POLLING: Polling =
    Polling { first: Duration::ZERO, every: Duration::from_secs(10), give_up: TOTAL_BUDGET };

impl Arm {
    /// Waits until what holds the resource lets go, as far as patience goes: the operation that the
    /// refusal gives the address of, else every resource that may be the one.
    pub(super) async fn until_settled(
        &self,
        request: &Request,
        fault: &Fault,
        retry: &mut Retry,
        until: Duration,
    ) {
        if let Some(address) = operation_of(fault) {
            self.until_ended(&address, retry, until).await;
        }
        let Target::ById { id, api, .. } = &request.url else { return };
        let holders = holders(id, api, fault, &self.0.spoken());
        for (holder, api) in holders {
            let read = Request::new(Method::Get, &holder, "", &api);
            self.until_at_rest(&read, retry, until).await;
        }
    }

    /// Tells whether the provider that a refusal calls unregistered reads as registered: one part of
    /// Azure then knows what another does not know yet.
    pub(super) async fn is_registered(
        &self,
        request: &Request,
        answer: &Answer,
        until: Duration,
    ) -> bool {
        let (Some(suffix), Target::ById { id, .. }) = (unregistered(request, answer), &request.url)
        else {
            return false;
        };
        let subscription = ResourceId::subscription(id.subscription_id());
        let read = Request::new(Method::Get, &subscription, &suffix, &GROUPS);
        let Ok(found) = self.exchange(&read, Purpose::Call, false, until).await else {
            return false;
        };
        let state = found.body.get("registrationState").and_then(Value::as_str);
        state.is_some_and(|state| state.eq_ignore_ascii_case("Registered"))
    }

    async fn until_ended(&self, address: &str, retry: &mut Retry, until: Duration) {
        let headers = [("azure-asyncoperation".to_owned(), address.to_owned())].into();
        let begun = Answer { status: 202, headers, ..Answer::default() };
        let mut operation = Operation::begin(Method::Post, address, &begun, POLLING);
        let start = self.0.clock.elapsed();
        while let Next::Ask { url, after } = operation.next().clone()
            && retry.spend(Class::InProgress, after)
        {
            self.0.clock.sleep(after).await;
            let request = Request::verbatim(&url);
            // An address that leads elsewhere, or that cannot be read, tells nothing.
            let Ok(answer) = self.exchange(&request, Purpose::Poll, false, until).await else {
                return;
            };
            operation.hear(&answer, self.0.clock.elapsed().saturating_sub(start));
        }
    }

    async fn until_at_rest(&self, read: &Request, retry: &mut Retry, until: Duration) {
        while let Ok(answer) = self.exchange(read, Purpose::Call, false, until).await
            && operation::is_changing(&answer)
        {
            let wait = answer.retry_after().unwrap_or(POLLING.every);
            if !retry.spend(Class::InProgress, wait) {
                return;
            }
            self.0.clock.sleep(wait).await;
        }
    }
}

/// Returns the address of the operation that a refusal names.
fn operation_of(fault: &Fault) -> Option<String> {
    let (_, rest) = fault.message.split_once(AT)?;
    let address = rest.split_whitespace().next()?.trim_end_matches(['.', ',', '\'', '"']);
    address.starts_with("https://").then(|| address.to_owned())
}

/// Returns what may hold a resource, each with the version to ask it with: itself, what it lies in,
/// and the sibling that AKS names as `Another agentpool operation (np1 - Creating)`; a group only
/// where the group is what is going.
fn holders(
    id: &ResourceId,
    api: &ApiVersion,
    fault: &Fault,
    spoken: &Spoken,
) -> Vec<(ResourceId, ApiVersion)> {
    let parent = id.parent();
    let provider = parent.clone().filter(|parent| parent.as_str().contains("/providers/"));
    let going = fault.code.eq_ignore_ascii_case("ResourceGroupBeingDeleted");
    let group = going.then(|| outermost(id));
    let sibling = provider.as_ref().and_then(|parent| {
        let kind = id.resource_type();
        let collection = kind.rsplit('/').next()?;
        Some(parent.child(collection, named_pool(fault)?))
    });
    let mut holders: Vec<ResourceId> =
        [Some(id.clone()), sibling, provider, group].into_iter().flatten().collect();
    holders.dedup();
    let known = holders.into_iter().filter_map(|holder| {
        let version = spoken.version(&holder, id, api)?;
        Some((holder, version))
    });
    known.collect()
}

fn outermost(id: &ResourceId) -> ResourceId {
    let mut outer = id.clone();
    while let Some(parent) = outer.parent().filter(|parent| parent.parent().is_some()) {
        outer = parent;
    }
    outer
}

/// Returns the pool in `Another agentpool operation (np1 - Creating) is in progress`.
fn named_pool(fault: &Fault) -> Option<&str> {
    let (_, rest) = fault.message.split_once("agentpool operation (")?;
    let (name, _) = rest.split_once(" - ")?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: &str, message: &str) -> Fault {
        Fault { code: code.to_owned(), message: message.to_owned(), ..Fault::default() }
    }

    #[test]
    fn the_network_names_the_operation() {
        let message = "Another operation on this or dependent resource is in progress. To retrieve \
                       status of the operation use uri: https://management.azure.com/subscriptions/s/\
                       providers/Microsoft.Network/locations/westeurope/operations/o?api-version=2025-07-01.";
        let address = operation_of(&fault("AnotherOperationInProgress", message)).unwrap();
        assert!(address.ends_with("/operations/o?api-version=2025-07-01"), "{address}");
        assert_eq!(operation_of(&fault("AnotherOperationInProgress", "use uri: file:///x")), None);
    }

    const AKS: ApiVersion = ApiVersion::new("2025-10-01");
    const NETWORK: ApiVersion = ApiVersion::new("2025-07-01");
    const ROLES: ApiVersion = ApiVersion::new("2022-04-01");

    #[test]
    fn aks_names_the_pool() {
        let cluster = ResourceId::resource_group("s", "g")
            .resource("Microsoft.ContainerService/managedClusters", "c");
        let pool = |name| cluster.child("agentPools", name);
        let met = |id: &ResourceId, message: &str| {
            holders(id, &AKS, &fault("OperationNotAllowed", message), &Spoken::default())
        };
        let message = "Operation is not allowed: Another agentpool operation (np1 - Creating) is in \
                       progress, please wait for it to finish before starting a new operation.";
        let all = [pool("extra"), pool("np1"), cluster.clone()].map(|id| (id, AKS));
        assert_eq!(met(&pool("extra"), message), all);
        let hostile = "agentpool operation (../../x - Creating)";
        let two = [pool("extra"), cluster.clone()].map(|id| (id, AKS));
        assert_eq!(met(&pool("extra"), hostile), two);
        assert_eq!(met(&cluster, ""), [(cluster.clone(), AKS)]);
    }

    #[test]
    fn a_group_that_is_going_is_asked_after_in_the_version_of_groups() {
        let group = ResourceId::resource_group("s", "g");
        let network = group.resource("Microsoft.Network/virtualNetworks", "v");
        let going = fault("ResourceGroupBeingDeleted", "");
        let mut spoken = Spoken::default();
        let found = holders(&network, &NETWORK, &going, &spoken);
        assert_eq!(found, [(network.clone(), NETWORK), (group.clone(), GROUPS)]);
        let older = ApiVersion::new("2021-04-01");
        assert_eq!(holders(&group, &older, &going, &spoken), [(group.clone(), older.clone())]);
        spoken.note(&Request::new(Method::Get, &group, "/resources", &AKS).url);
        spoken.note(&Request::new(Method::Get, &group, "", &older).url);
        let found = holders(&network, &NETWORK, &going, &spoken);
        assert_eq!(found, [(network, NETWORK), (group, older)]);
    }

    #[test]
    fn what_a_role_lies_on_is_asked_after_in_its_own_version_or_not_at_all() {
        let network =
            ResourceId::resource_group("s", "g").resource("Microsoft.Network/virtualNetworks", "v");
        let subnet = network.child("subnets", "n");
        let role = subnet.resource("Microsoft.Authorization/roleAssignments", "r");
        let busy = fault("AnotherOperationInProgress", "");
        let mut spoken = Spoken::default();
        assert_eq!(holders(&role, &ROLES, &busy, &spoken), [(role.clone(), ROLES)]);
        spoken.note(&Request::new(Method::Get, &subnet, "", &NETWORK).url);
        let found = holders(&role, &ROLES, &busy, &spoken);
        assert_eq!(found, [(role, ROLES), (subnet.clone(), NETWORK)]);
        let found = holders(&subnet, &NETWORK, &busy, &Spoken::default());
        assert_eq!(
            found,
            [(subnet, NETWORK), (network, NETWORK)],
            "a provider's types go together"
        );
    }
}
