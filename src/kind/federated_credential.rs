//! Federated credentials: the service account of a cluster that may act as an identity.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Claim, Kind, Listed, Pace, Removal, Takes, Traits};
use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::rule::Rule;

/// Whom a token is for that is exchanged for one of Azure's.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// The longest name of one.
const LONGEST: usize = 120;

/// That a service account of a cluster may act as an identity.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    /// The identity.
    pub identity: ResourceId,
    /// Who signs the tokens of the service accounts: the cluster.
    pub issuer: Later,
    /// The service account, as `namespace/name`.
    pub service_account: String,
}

impl FederatedCredential {
    /// Returns what the one for a service account is called. No namespace has an underscore, so two
    /// accounts have two names; what Azure takes no name of gets one from its digits.
    fn name(service_account: &str) -> String {
        let plain = service_account.replace('/', "_");
        if !plain.contains('.') && plain.len() <= LONGEST {
            return plain;
        }
        let digits = Uuid::new_v5(&Uuid::NAMESPACE_URL, service_account.as_bytes()).simple();
        let digits: String = digits.to_string().chars().take(8).collect();
        let start: String = plain.replace('.', "-").chars().take(LONGEST - 9).collect();
        format!("{start}_{digits}")
    }
}

impl Kind for FederatedCredential {
    const TYPE: &'static str =
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
    const API: ApiVersion = ApiVersion::new("2024-11-30");
    const RULES: &'static [Rule] = &[];
    const TRAITS: Traits = Traits {
        noun: "federated credential",
        command: "identity federated-credential",
        wants: "--issuer ISSUER --subject SUBJECT",
        pattern: None,
        // Synchronous, as its identity is; chosen.
        pace: Pace::new(Takes { creation: 2, change: 2, deletion: 2 }, 3, 300),
        // Trust goes with the identity that it leads to.
        removal: Removal::WithParent,
        claim: Claim::Listed(Listed {
            tag: "akstool-federated",
            list: "federatedIdentityCredentials",
        }),
        items: None,
        inline: None,
        is_missed: false,
        etag: None,
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        let name = Self::name(&self.service_account);
        self.identity.child("federatedIdentityCredentials", &name)
    }

    fn body(&self) -> Body {
        let subject = self.service_account.replace('/', ":");
        Body::new(json!({ "properties": {
            "issuer": self.issuer.to_json(),
            "subject": format!("system:serviceaccount:{subject}"),
            "audiences": [AUDIENCE],
        }}))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::lane;

    #[test]
    fn each_service_account_has_a_name_that_azure_takes() {
        let name = FederatedCredential::name;
        assert_eq!(name("shop/orders"), "shop_orders");
        assert_ne!(name("a-b/c"), name("a/b-c"));
        assert_ne!(name("a/b.c"), name("a/b-c"));
        let long = name(&format!("a/{}", "x.".repeat(120)));
        assert!(long.len() <= LONGEST && !long.contains('.'), "{long}");
    }

    #[test]
    fn those_of_one_identity_are_written_one_by_one() {
        // `ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity`.
        let group = ResourceId::resource_group("s", "g");
        let identity = group.resource("Microsoft.ManagedIdentity/userAssignedIdentities", "i");
        let of = |account: &str| FederatedCredential {
            identity: identity.clone(),
            issuer: Later { of: group.clone(), at: "issuer".to_owned() },
            service_account: account.to_owned(),
        };
        assert_eq!(lane(&of("a/b").id()), identity);
        assert_eq!(lane(&of("a/b").id()), lane(&of("a/c").id()));
    }
}
