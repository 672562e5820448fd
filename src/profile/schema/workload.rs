//! Identities that pods act as, by the service account they run under.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An identity that pods act as: akstool makes it, has it trust the service accounts, and gives it the
/// roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadIdentity {
    /// The service accounts whose pods may act as it, as `namespace/name`, 1 to 20. Each is annotated
    /// with `azure.workload.identity/client-id`, which `akstool status` shows, and its pods are
    /// labelled `azure.workload.identity/use: "true"`.
    #[schemars(with = "Vec<ServiceAccountText>", length(min = 1, max = 20))]
    pub service_accounts: Vec<String>,
    /// What it may do, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub roles: Vec<Grant>,
}

/// A role on a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The role: the name of a built-in one, such as `Key Vault Secrets User`, or the GUID of any.
    #[schemars(length(min = 1, max = 300))]
    pub role: String,
    /// Where it holds: the id of a resource, a group or the subscription, or a reference such as
    /// `${registry.id}`.
    #[schemars(extend("format" = "scope-or-reference"))]
    pub scope: String,
}

/// A service account as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "service-account"))]
#[expect(dead_code, reason = "describes how a service account is written; never built")]
struct ServiceAccountText(String);
