//! What is tried again, and how patience is spent.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn refusal(status: u16, code: &str, message: &str, after: Option<u64>) -> (Answer, Fault) {
    let headers = after.map(|n| ("retry-after".to_owned(), n.to_string())).into_iter().collect();
    let body = json!({ "error": { "code": code, "message": message } });
    let fault = Fault::of_answer(status, &headers, &body);
    (Answer { status, headers, body: Value::Null }, fault)
}

fn class_with(
    method: Method,
    status: u16,
    code: &str,
    message: &str,
    recent: &Recent,
) -> Option<Class> {
    classify(method, status, &refusal(status, code, message, None).1, recent)
}

fn class(status: u16, code: &str, message: &str) -> Option<Class> {
    class_with(Method::Put, status, code, message, &Recent::default())
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let cases = [
        (429, "RetryableError", "", Class::Busy),
        (429, "FailedIdentityOperation", "", Class::Busy),
        (429, "TooManyRequests", "", Class::Throttled),
        (400, "SetVNetOwnershipFailed", "", Class::InProgress),
        (
            400,
            "BadRequest",
            "Service returned an error. Code=\"VirtualNetworkNotInSucceededState\"",
            Class::InProgress,
        ),
        (409, "AnotherOperationInProgress", "", Class::InProgress),
        (409, "EtagMismatch", "Operation is not allowed", Class::InProgress),
        (
            409,
            "OperationNotAllowed",
            "Another operation (Updating) is in progress",
            Class::InProgress,
        ),
        (409, "ResourceGroupBeingDeleted", "", Class::InProgress),
        (
            409,
            "Conflict",
            "busy with a previous update. Please try again later.",
            Class::InProgress,
        ),
        (409, "OperationInProgress", "", Class::InProgress),
        (400, "PrincipalNotFound", "", Class::Propagation),
        (400, "ServicePrincipalNotFound", "", Class::Propagation),
        (400, "ReferencedResourceNotProvisioned", "", Class::NotReady),
        (400, "NoRegisteredProviderFound", "", Class::Rollout),
        (401, "ExpiredAuthenticationToken", "", Class::Login),
        (500, "GetVnetError", "", Class::Stumble),
        (502, "BadGatewayConnection", "", Class::Stumble),
        (504, "GatewayTimeout", "", Class::Stumble),
    ];
    for (status, code, message, expected) in cases {
        assert_eq!(class(status, code, message), Some(expected), "{status} {code}");
    }
}

#[test]
fn what_waiting_does_not_cure_is_final() {
    let cases = [
        (409, "OperationNotAllowed", "exceeding approved Family Cores quota. Another operation"),
        (400, "ErrCode_InsufficientVCPUQuota", ""),
        (409, "ManagedClusterCountExceedsQuotaLimit", ""),
        (403, "RequestDisallowedByPolicy", ""),
        (409, "ScopeLocked", ""),
        (409, "RoleAssignmentExists", ""),
        (412, "PreconditionFailed", ""),
        (401, "InvalidAuthenticationTokenTenant", ""),
        (404, "SubscriptionNotFound", ""),
        (400, "InvalidParameter", ""),
        (400, "PropertyChangeNotAllowed", ""),
        (400, "InsufficientSubnetSize", ""),
        (409, "MissingSubscriptionRegistration", ""),
    ];
    for (status, code, message) in cases {
        assert_eq!(class(status, code, message), None, "{status} {code}");
    }
}

#[test]
fn a_missing_right_is_waited_for_only_after_a_grant() {
    for code in
        ["AuthorizationFailed", "LinkedAuthorizationFailed", "CustomRouteTableMissingPermission"]
    {
        assert_eq!(class(403, code, ""), None, "{code}");
        let recent =
            |seconds| Recent { grant: Some(Duration::from_secs(seconds)), ..Recent::default() };
        let at = |seconds| class_with(Method::Put, 403, code, "", &recent(seconds));
        assert_eq!(at(30), Some(Class::Propagation), "{code}");
        assert_eq!(at(3600), None, "{code}");
    }
}

#[test]
fn absence_is_an_answer_unless_the_thing_was_just_made() {
    let just = Recent { creation: Some(Duration::from_secs(3)), ..Recent::default() };
    for (method, recent, expected) in [
        (Method::Get, just, None),
        (Method::Delete, just, None),
        (Method::Put, Recent::default(), None),
        (Method::Put, just, Some(Class::Replication)),
    ] {
        assert_eq!(
            class_with(method, 404, "ResourceGroupNotFound", "", &recent),
            expected,
            "{method}"
        );
    }
}

#[test]
fn a_subnet_in_use_is_waited_for_only_when_its_user_was_just_deleted() {
    let code = "InUseSubnetCannotBeDeleted";
    let just = Recent { removal: Some(Duration::from_mins(1)), ..Recent::default() };
    assert_eq!(class_with(Method::Delete, 400, code, "", &just), Some(Class::StillInUse));
    assert_eq!(class_with(Method::Delete, 400, code, "", &Recent::default()), None);
    assert_eq!(class_with(Method::Put, 400, code, "", &just), None);
}

#[test]
fn a_wait_written_in_the_message_counts() {
    let wait = |message: &str| {
        let (answer, fault) = refusal(429, "ResourceRequestsThrottled", message, None);
        let trouble = Trouble::Refused(&answer, &fault);
        match Retry::default().judge(Method::Get, trouble, &Recent::default()) {
            Decision::Again { wait, class: Class::Throttled } => wait.as_secs(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait("Please try again after '372' seconds."), 372);
    assert_eq!(wait("has issued too many requests. Retry after 2 seconds."), 2);
    assert_eq!(wait("Please try again after '2' minutes."), 5, "our own first wait");
    assert_eq!(wait("Retry after a while"), 5);
}

#[test]
fn what_refers_to_a_thing_just_made_is_tried_again() {
    let just = Recent { creation: Some(Duration::from_secs(3)), ..Recent::default() };
    for code in ["InvalidResourceReference", "FailedIdentityOperation"] {
        assert_eq!(class(400, code, ""), None, "{code}");
        let soon = class_with(Method::Put, 400, code, "", &just);
        assert_eq!(soon, Some(Class::NotReady), "{code}");
    }
}

#[test]
fn a_refused_token_is_renewed_once() {
    let (answer, fault) = refusal(401, "ExpiredAuthenticationToken", "", None);
    let mut retry = Retry::default();
    let mut judge =
        || retry.judge(Method::Get, Trouble::Refused(&answer, &fault), &Recent::default());
    assert_eq!(judge(), Decision::Again { wait: Duration::ZERO, class: Class::Login });
    assert_eq!(judge(), Decision::Stop);
}

#[test]
fn waits_grow_and_end() {
    let mut retry = Retry::default();
    let mut waits = Vec::new();
    while let Decision::Again { wait, .. } =
        retry.judge(Method::Get, Trouble::NoConnection, &Recent::default())
    {
        waits.push(wait.as_secs());
    }
    assert_eq!(waits, [1, 2, 4, 8, 8]);
}

fn troubles() -> impl Strategy<Value = Vec<(u16, usize, Option<u64>)>> {
    let status =
        prop::sample::select(vec![400_u16, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504]);
    prop::collection::vec(
        (status, 0..6_usize, prop::option::of(prop_oneof![4 => 0..2000_u64, 1 => any::<u64>()])),
        0..400,
    )
}

proptest! {
    #[test]
    fn any_wait_is_booked_or_refused(waits in prop::collection::vec(any::<u64>(), 0..20)) {
        let mut retry = Retry::default();
        for wait in waits {
            let message = format!("Try again after {wait} seconds.");
            let (answer, fault) = refusal(429, "Throttled", &message, None);
            retry.judge(Method::Put, Trouble::Refused(&answer, &fault), &Recent::default());
            retry.spend(Class::InProgress, Duration::from_secs(wait));
        }
        prop_assert!(retry.waited() <= TOTAL_BUDGET);
    }

    /// Law 12 of the design.
    #[test]
    fn a_servers_wait_is_never_undercut_and_the_budget_holds(troubles in troubles()) {
        let codes = ["X", "PrincipalNotFound", "AnotherOperationInProgress", "RetryableError", "AuthorizationFailed", "NotFound"];
        let mut retry = Retry::default();
        let mut total = Duration::ZERO;
        for (status, code, after) in troubles {
            let (answer, fault) = refusal(status, codes[code], "", after);
            let decision = retry.judge(Method::Put, Trouble::Refused(&answer, &fault), &Recent::all());
            let Decision::Again { wait, .. } = decision else { continue };
            prop_assert!(wait >= Duration::from_secs(after.unwrap_or_default()));
            total += wait;
        }
        prop_assert!(total <= TOTAL_BUDGET);
        prop_assert_eq!(total, retry.waited());
    }
}

#[test]
fn a_provider_that_reads_as_registered_is_known_everywhere_soon() {
    let missing = |registered| {
        let recent = Recent { registered, ..Recent::default() };
        class_with(Method::Put, 409, "MissingSubscriptionRegistration", "", &recent)
    };
    assert_eq!(missing(true), Some(Class::Registration));
    assert_eq!(missing(false), None);
}

#[test]
fn a_moments_trouble_of_an_operation_is_told_from_a_mistake() {
    let fault = |code: &str, message: &str| refusal(409, code, message, None).1;
    assert!(passes(&fault("SetVNetOwnershipFailed", "")));
    assert!(passes(&fault("OperationNotAllowed", "Another operation is in progress")));
    assert!(!passes(&fault("OperationNotAllowed", "exceeding quota. Another operation")));
    assert!(!passes(&fault("SubnetIsFull", "no address left")));
}

#[test]
fn what_something_is_in_use_by_is_read_from_the_refusal() {
    let of = |message: &str| Fault { message: message.to_owned(), ..Fault::default() };
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/l";
    let refusal = of(&format!("Subnet n is in use by {id} and cannot be deleted."));
    assert_eq!(holder(&refusal), Some(id));
    assert_eq!(holder(&of(&format!("It is in use by {id}."))), Some(id));
    assert_eq!(holder(&of("it is in use by somebody")), None);
    assert_eq!(holder(&of("no")), None);
}
