//! Where the job of a pipeline gets the assertion it logs in with: GitHub's endpoint and that of
//! Azure Pipelines, so that a pipeline's login can be rehearsed.
//!
//! Both check what the real ones check: the token that the job was started with (here the
//! application's secret), the method, the version, and whom the assertion is for
//! (docs.github.com, "OpenID Connect reference"; learn.microsoft.com/rest/api/azure/devops,
//! "Oidctoken - Create").

use serde_json::{Value, json};

use super::super::TENANT;
use super::asked::{Answer, Asked, Form};
use super::token::Mint;

/// The service connection that the simulated project of Azure Pipelines has; it knows no other.
pub const SERVICE_CONNECTION: &str = "33333333-3333-3333-3333-333333333333";

/// Where a GitHub job asks; the real path is as opaque.
pub(super) const GITHUB: &str = "/actions/idtoken?api-version=2.0";

/// Where a job of Azure Pipelines asks: organisation, project, plan and job of the real path.
pub(super) const PIPELINES: &str = "/sim/demo/_apis/distributedtask/hubs/build/plans/\
     44444444-4444-4444-4444-444444444444/jobs/55555555-5555-5555-5555-555555555555/oidctoken";

/// Who vouches for a GitHub job. The real issuers are not named: what is made here must convince
/// nobody else.
const GITHUB_ISSUER: &str = "https://token.actions.sim.akstool.invalid";

/// Who vouches for a job of Azure Pipelines.
const PIPELINES_ISSUER: &str = "https://vstoken.dev.sim.akstool.invalid";

/// The audience that Entra wants of an assertion from elsewhere.
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// How long an assertion is good, in seconds; the five minutes that GitHub gives.
const LIFETIME: u64 = 300;

/// The two kinds of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    GitHub,
    Pipelines,
}

impl Job {
    /// Returns whose endpoint a path is, its segments in lower case.
    pub(super) fn of(words: &[&str]) -> Option<Self> {
        match words {
            ["actions", "idtoken"] => Some(Self::GitHub),
            [
                _,
                _,
                "_apis",
                "distributedtask",
                "hubs",
                "build",
                "plans",
                _,
                "jobs",
                _,
                "oidctoken",
            ] => Some(Self::Pipelines),
            _ => None,
        }
    }

    /// Tells whether the issuer is one of these two, so that the signature can be checked.
    pub(super) fn issues(issuer: &str) -> bool {
        [GITHUB_ISSUER, PIPELINES_ISSUER].iter().any(|known| issuer.starts_with(known))
    }

    /// Answers a job that was started with `token`.
    pub(super) fn answer(self, asked: &Asked<'_>, mint: &Mint, knows: bool) -> Answer {
        let method = if self == Self::GitHub { "GET" } else { "POST" };
        if asked.method != method {
            let text =
                format!("The requested resource does not support http method '{}'.", asked.method);
            return refused(405, "HttpMethodNotSupportedException", &text);
        }
        if !knows {
            let text = "The user is not authorized to access this resource.";
            return refused(401, "UnauthorizedRequestException", text);
        }
        let query = Form::read(asked.query.as_bytes());
        if query.get("api-version").is_none() {
            let text = "No api-version was supplied for the request. The version must be supplied \
                        either as part of the Accept header or as a query parameter.";
            return refused(400, "VssVersionNotSpecifiedException", text);
        }
        match self {
            Self::GitHub => github(&query, mint),
            Self::Pipelines => pipelines(&query, mint),
        }
    }
}

fn github(query: &Form, mint: &Mint) -> Answer {
    // Without an audience GitHub names the repository's owner, and Entra takes that from nobody.
    let audience = query.get("audience").unwrap_or("https://github.com/sim");
    let token = assertion(mint, GITHUB_ISSUER, "repo:sim/demo:ref:refs/heads/main", audience);
    (200, json!({ "count": token.len(), "value": token }))
}

fn pipelines(query: &Form, mint: &Mint) -> Answer {
    let connection = query.get("serviceConnectionId").unwrap_or_default();
    if !connection.eq_ignore_ascii_case(SERVICE_CONNECTION) {
        let shown: String = connection.chars().filter(|c| !c.is_control()).take(100).collect();
        let text = format!("No service connection found with identifier {shown}.");
        return refused(404, "ServiceEndpointNotFoundException", &text);
    }
    let issuer = format!("{PIPELINES_ISSUER}/{TENANT}");
    let token = assertion(mint, &issuer, "sc://sim/demo/connection", EXCHANGE);
    (200, json!({ "oidcToken": token }))
}

fn assertion(mint: &Mint, issuer: &str, subject: &str, audience: &str) -> String {
    let now = mint.now();
    mint.vouch(&json!({
        "aud": audience, "iss": issuer, "sub": subject,
        "iat": now, "nbf": now, "exp": now + LIFETIME,
        "jti": azure_core::Uuid::new_v4().to_string(),
    }))
}

/// Both services answer so.
fn refused(status: u16, kind: &str, text: &str) -> Answer {
    let body: Value = json!({
        "$id": "1",
        "innerException": null,
        "message": text,
        "typeName": kind,
        "typeKey": kind,
        "errorCode": 0,
        "eventId": 3000,
    });
    (status, body)
}
