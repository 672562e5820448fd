//! Every code has advice, and every advice a next step.

use std::path::Path;

use serde_json::Value;

use super::table::{CORES, Line};
use super::*;

/// Codes that Azure's documents and public threads name, as collected for this project.
const DOCUMENTED: &[&str] = &[
    "InvalidAuthenticationToken",
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationTokenTenant",
    "AuthorizationFailed",
    "LinkedAuthorizationFailed",
    "RequestDisallowedByPolicy",
    "SubscriptionNotFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "ParentResourceNotFound",
    "NotFound",
    "RoleAssignmentNotFound",
    "MissingSubscriptionRegistration",
    "NoRegisteredProviderFound",
    "InvalidApiVersionParameter",
    "MissingApiVersionParameter",
    "ResourceGroupBeingDeleted",
    "ResourceGroupDeletionBlocked",
    "AnotherOperationInProgress",
    "OperationNotAllowed",
    "EtagMismatch",
    "OriginalEtagNotExpect",
    "AKSOperationPreempted",
    "AKSOperationPreemptedByDelete",
    "ScopeLocked",
    "RoleAssignmentExists",
    "CannotDeleteResource",
    "PrincipalNotFound",
    "InUseSubnetCannotBeDeleted",
    "PublicIPAddressCannotBeDeleted",
    "InvalidResourceReference",
    "ReferencedResourceNotProvisioned",
    "NetcfgSubnetRangesOverlap",
    "NetcfgSubnetRangeOutsideVnet",
    "NetcfgInvalidSubnet",
    "SubnetIsFull",
    "InsufficientSubnetSize",
    "NetworkProfileCIDROverlapVNET",
    "ErrCode_InsufficientVCPUQuota",
    "SkuNotAvailable",
    "AksCapacityHeavyUsage",
    "AllocationFailed",
    "AgentPoolK8sVersionNotSupported",
    "K8sVersionNotSupported",
    "InvalidParameter",
    "BadRequest",
    "SystemPoolHasRestrictedTaint",
    "PropertyChangeNotAllowed",
    "LocationNotAvailableForResourceGroup",
    "InvalidPrincipalId",
    "ReservedResourceName",
    "InvalidTemplate",
    "InvalidTemplateDeployment",
    "LinkedInvalidPropertyId",
    "InvalidRequestContent",
    "InvalidRequestFormat",
    "PreconditionFailed",
    "InternalServerError",
    "BadGatewayConnection",
    "ServiceUnavailable",
    "GatewayTimeout",
    "Canceled",
    "Throttled",
    "ResourceRequestsThrottled",
    "SubscriptionRequestsThrottled",
    "RetryableError",
    "RetryableErrorDueToAnotherOperation",
    "FailedIdentityOperation",
    "ManagedClusterCountExceedsQuotaLimit",
    "ResourceQuotaExceeded",
    "SubscriptionNotRegistered",
    "InvalidSubscriptionRegistrationState",
    "InvalidResourceType",
    "LocationRequired",
    "MissingRequiredParameter",
    "Conflict",
];

/// Recorded codes of things that akstool never makes.
const OF_OTHERS: &[&str] = &["UpdateRunTargetingEmptyFleet", "None"];

/// Tells whether advice ends in something one can do: a command, an option, a field, or again.
fn names_a_step(advice: &str) -> bool {
    // A word in backticks alone is no step: a command is, a flag, a field of the profile, or a page.
    let command = |span: &str| {
        [
            "akstool ",
            "az ",
            "--",
            "openssl ",
            "metadata.",
            "network.",
            "cluster.",
            "monitoring",
            "pools",
        ]
        .iter()
        .any(|begin| span.starts_with(begin))
    };
    let commands = advice.split('`').skip(1).step_by(2).any(command);
    commands || advice.contains("again") || advice.contains("https://")
}

#[test]
fn every_documented_code_has_advice() {
    for code in DOCUMENTED {
        assert!(of_code(code, "").is_some(), "{code} has no advice");
    }
}

#[test]
fn every_advice_names_a_next_step() {
    for line in TABLE {
        assert!(names_a_step(line.advice), "{}: {}", line.code, line.advice);
        assert!(!line.advice.ends_with('.'), "{}: {}", line.code, line.advice);
    }
    assert!(names_a_step(UNKNOWN));
}

#[test]
fn no_code_stands_twice_with_the_same_word() {
    for (at, line) in TABLE.iter().enumerate() {
        let same = |other: &Line| other.code == line.code && other.saying == line.saying;
        assert!(!TABLE[..at].iter().any(same), "{}", line.code);
    }
}

#[test]
fn every_recorded_code_has_advice() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/errors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let errors: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    for (name, error) in &errors {
        let code = name.rsplit(' ').next().unwrap_or_default();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let known = of_code(code, message).is_some_and(names_a_step);
        assert!(known || OF_OTHERS.contains(&code), "{name}: {message}");
    }
}

#[test]
fn one_code_with_two_meanings_is_told_apart_by_its_message() {
    let quota = "Operation could not be completed as it results in exceeding approved X Family Cores quota.";
    assert_eq!(of_code("OperationNotAllowed", quota), Some(CORES));
    let busy = "Operation is not allowed: Another operation (Updating) is in progress";
    assert!(of_code("operationnotallowed", busy).unwrap().contains("akstool status"));
}

#[test]
fn the_innermost_code_that_is_known_gives_the_advice() {
    let inner = Fault { code: "SubnetIsFull".to_owned(), ..Fault::default() };
    let outer = Fault { code: "BadRequest".to_owned(), details: vec![inner], ..Fault::default() };
    assert!(of_fault(&outer).contains("no address left"));
    let odd = Fault { code: "NeverSeen".to_owned(), ..Fault::default() };
    assert_eq!(of_fault(&odd), UNKNOWN);
}

#[test]
fn no_advice_leads_past_the_embedded_azure() {
    let known = crate::ui::Blanks {
        environment: Some("demo".to_owned()),
        profile: Some("demo.yaml".to_owned()),
        embedded: true,
        ..crate::ui::Blanks::default()
    };
    for line in TABLE {
        let said = known.fill(&line.advice.into()).to_string();
        assert!(!said.contains("`az ") && names_a_step(&said), "{}: {said}", line.code);
    }
}

/// Tells whether a word of a command is a blank that nobody filled.
fn is_blank(word: &str) -> bool {
    let letters = word.trim_matches(['<', '{', '>', '}']);
    letters.len() > 1 && letters.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

#[test]
fn no_command_is_shown_with_a_blank() {
    let cluster = crate::arm::ResourceId::resource_group("s", "rg")
        .resource("Microsoft.ContainerService/managedClusters", "own");
    let said = "The client 'a' with object id 'b' may not do it over scope '/subscriptions/s'";
    let text = |text: &str| Some(text.to_owned());
    let blanks = crate::ui::Blanks {
        environment: text("demo"),
        profile: text("demo.yaml"),
        location: text("westeurope"),
        ..crate::ui::Blanks::default()
    };
    let blanks = blanks.on(&cluster, said);
    for line in TABLE.iter().map(|line| line.advice).chain([UNKNOWN, SET_UP, NOWHERE]) {
        let said = blanks.fill(&line.into());
        for command in said.commands() {
            let blank = crate::shell::split(command).into_iter().find(|word| is_blank(word));
            assert_eq!(blank, None, "`{command}`");
        }
    }
}
