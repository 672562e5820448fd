//! A resource that another operation holds: which one it is, and waiting until it lets go.
//!
//! Reading costs less than writing in vain: AKS gives one write a minute back, and a read a second.

use std::time::Duration;

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
    pub(super) async fn until_settled(&self, request: &Request, fault: &Fault, retry: &mut Retry) {
        if let Some(address) = operation_of(fault) {
            self.until_ended(&address, retry).await;
        }
        let Target::ById { id, api, .. } = &request.url else { return };
        for holder in holders(id, fault) {
            self.until_at_rest(&holder, api, retry).await;
        }
    }

    async fn until_ended(&self, address: &str, retry: &mut Retry) {
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
            let Ok(answer) = self.exchange(&request, Purpose::Poll, false).await else { return };
            operation.hear(&answer, self.0.clock.elapsed().saturating_sub(start));
        }
    }

    async fn until_at_rest(&self, id: &ResourceId, api: &ApiVersion, retry: &mut Retry) {
        let read = Request::new(Method::Get, id, "", api);
        while let Ok(answer) = self.exchange(&read, Purpose::Call, false).await
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

/// Returns what may hold a resource: itself, what it lies in, and the sibling that AKS names as
/// `Another agentpool operation (np1 - Creating)`; a group only where the group is what is going.
fn holders(id: &ResourceId, fault: &Fault) -> Vec<ResourceId> {
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
    holders
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

    #[test]
    fn aks_names_the_pool() {
        let cluster = ResourceId::resource_group("s", "g")
            .resource("Microsoft.ContainerService/managedClusters", "c");
        let pool = |name| cluster.child("agentPools", name);
        let message = "Operation is not allowed: Another agentpool operation (np1 - Creating) is in \
                       progress, please wait for it to finish before starting a new operation.";
        let found = holders(&pool("extra"), &fault("OperationNotAllowed", message));
        assert_eq!(found, [pool("extra"), pool("np1"), cluster.clone()]);
        let hostile = fault("OperationNotAllowed", "agentpool operation (../../x - Creating)");
        assert_eq!(holders(&pool("extra"), &hostile), [pool("extra"), cluster.clone()]);
        assert_eq!(holders(&cluster, &fault("OperationNotAllowed", "")), [cluster]);
    }

    #[test]
    fn a_group_that_is_going_is_waited_for() {
        let group = ResourceId::resource_group("s", "g");
        let identity = group.resource("Microsoft.ManagedIdentity/userAssignedIdentities", "i");
        let found = holders(&identity, &fault("ResourceGroupBeingDeleted", ""));
        assert_eq!(found, [identity, group.clone()]);
        assert_eq!(holders(&group, &fault("ResourceGroupBeingDeleted", "")), [group]);
    }
}
