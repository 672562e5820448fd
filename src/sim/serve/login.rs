//! The simulated Entra ID: discovery, the token endpoint, a managed identity's endpoint; where the
//! job of a pipeline gets its assertion is in [`job`](super::job).
//!
//! Its one application logs in with its secret or with an assertion; everything else is refused
//! with the codes and texts that Entra sends
//! (learn.microsoft.com/entra/identity-platform/reference-error-codes).

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::TENANT;
use super::CLIENT_ID;
use super::asked::{Answer, Asked, Form};
use super::job::Job;
use super::token::{self, Mint};

/// The tenants that stand for "whoever logs in"; an application must name its own.
const ANY: [&str; 3] = ["common", "organizations", "consumers"];

/// The audiences that Entra wants of an assertion from elsewhere: of the public cloud, of the US
/// government's and of China's (learn.microsoft.com, workload identity federation).
const EXCHANGES: [&str; 3] = [
    "api://AzureADTokenExchange",
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeChina",
];

/// What a path of the login's means.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Instance,
    Configuration { tenant: &'a str, version: &'a str },
    Keys,
    Token { tenant: &'a str, version: &'a str },
    Unsupported,
    Identity,
    Job(Job),
}

/// The simulated directory.
#[derive(Debug)]
pub(super) struct Login {
    secret: Secret,
    mint: Mint,
}

struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("REDACTED")
    }
}

/// Why the directory says no.
struct Refusal {
    status: u16,
    error: &'static str,
    code: u32,
    text: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error, code, text: text.into() }
    }

    fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, "invalid_request", 900_144, text)
    }
}

impl Login {
    /// Returns a directory whose application has this secret.
    pub(super) fn new(secret: String, mint: Mint) -> Self {
        Self { secret: Secret(secret), mint }
    }

    /// Returns who knows which tokens are good.
    pub(super) fn mint(&self) -> &Mint {
        &self.mint
    }

    /// Answers what is asked of the login; `None` when the path is none of its own.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Option<Answer> {
        let route = route(asked.path)?;
        if let Route::Job(job) = route {
            return Some(job.answer(asked, &self.mint, self.is_job(asked)));
        }
        let fits = match route {
            Route::Token { .. } | Route::Unsupported => asked.method == "POST",
            _ => matches!(asked.method, "GET" | "HEAD"),
        };
        if !fits {
            let text = format!("The HTTP method '{}' is not supported here.", asked.method);
            return Some(self.refuse(&Refusal::new(405, "invalid_request", 900_561, text)));
        }
        let answer = match route {
            Route::Instance => Ok(instance(asked)),
            Route::Configuration { tenant, version } => configuration(asked, tenant, version),
            Route::Keys => Ok(json!({ "keys": [] })),
            Route::Token { tenant, version } => self.token(asked, tenant, version),
            Route::Identity => self.identity(asked),
            Route::Job(_) | Route::Unsupported => Err(Refusal::new(
                400,
                "unauthorized_client",
                70_003,
                "Nobody can log in here in person; log in as the application.",
            )),
        };
        Some(answer.map_or_else(|refusal| self.refuse(&refusal), |body| (200, body)))
    }

    fn token(&self, asked: &Asked<'_>, tenant: &str, version: &str) -> Result<Value, Refusal> {
        known_tenant(tenant)?;
        let form = Form::read(asked.body);
        let grant = need(&form, "grant_type")?;
        if grant != "client_credentials" {
            let text = format!("The app requested an unsupported grant type '{grant}'.");
            return Err(Refusal::new(400, "unsupported_grant_type", 70_003, text));
        }
        if ANY.contains(&tenant.to_ascii_lowercase().as_str()) {
            let text = "Application is not allowed to make application on-behalf-of calls through \
                        the common endpoint; name the tenant.";
            return Err(Refusal::new(400, "invalid_request", 900_981, text));
        }
        self.authenticate(&form, asked.endpoint)?;
        let audience = if version == "v2.0" {
            let scope = need(&form, "scope")?;
            let resource = scope.split(' ').find_map(|one| one.strip_suffix("/.default"));
            resource.map(str::to_owned).ok_or_else(|| {
                let text = format!(
                    "The provided request must include a 'scope' input parameter that ends in \
                     '/.default'; '{}' does not.",
                    shown(&scope)
                );
                Refusal::new(400, "invalid_scope", 1_002_012, text)
            })?
        } else {
            need(&form, "resource")?
        };
        Ok(self.grant(&audience, version == "v2.0"))
    }

    fn authenticate(&self, form: &Form, endpoint: &str) -> Result<(), Refusal> {
        let client = need(form, "client_id")?;
        if !client.eq_ignore_ascii_case(CLIENT_ID) {
            let text = format!(
                "Application with identifier '{}' was not found in the directory 'akstool simulated \
                 directory'. This can happen if the application has not been installed by the \
                 administrator of the tenant or consented to by any user in the tenant.",
                shown(&client)
            );
            return Err(Refusal::new(400, "unauthorized_client", 700_016, text));
        }
        if let Some(secret) = form.get("client_secret") {
            if token::same(secret.as_bytes(), self.secret.0.as_bytes()) {
                return Ok(());
            }
            let text = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is \
                 the client secret value, not the client secret ID, for a secret added to app \
                 '{CLIENT_ID}'."
            );
            return Err(Refusal::new(401, "invalid_client", 7_000_215, text));
        }
        let Some(assertion) = form.get("client_assertion") else {
            let text = "The request body must contain the following parameter: 'client_assertion' \
                        or 'client_secret'.";
            return Err(Refusal::new(401, "invalid_client", 7_000_218, text));
        };
        let kind = need(form, "client_assertion_type")?;
        if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
            let text = format!("The client assertion type '{}' is not supported.", shown(&kind));
            return Err(Refusal::new(401, "invalid_client", 50_027, text));
        }
        self.assertion(assertion, endpoint)
    }

    /// Checks what can be checked of an assertion: whom it is for, its time, and the signature where
    /// we made it ourselves.
    fn assertion(&self, assertion: &str, endpoint: &str) -> Result<(), Refusal> {
        let refused = |code, text: &str| Err(Refusal::new(401, "invalid_client", code, text));
        let Some(claims) = token::claims(assertion) else {
            return refused(50_027, "JWT token is invalid or malformed.");
        };
        let number = |name: &str| claims.get(name).and_then(Value::as_u64);
        let now = self.mint.now();
        if number("exp").is_none_or(|end| end <= now) {
            return refused(
                700_024,
                "Client assertion is not within its valid time range. Ensure that the assertion \
                 is unexpired at the time of use.",
            );
        }
        // Five minutes are what Entra lets clocks differ.
        if number("nbf").is_some_and(|start| start > now + 300) {
            return refused(700_024, "Client assertion is not within its valid time range.");
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let (issuer, audience) = (text("iss"), text("aud"));
        if issuer.eq_ignore_ascii_case(CLIENT_ID) {
            // Signed with the application's own certificate, for this login.
            return if audience.starts_with(&format!("{endpoint}/")) {
                Ok(())
            } else {
                refused(700_023, "Client assertion audience claim does not match Realm issuer.")
            };
        }
        if Job::issues(issuer) && !self.mint.vouched(assertion) {
            return refused(50_013, "Assertion failed signature validation.");
        }
        if EXCHANGES.contains(&audience) {
            return Ok(());
        }
        let text = format!(
            "No matching federated identity record found for presented assertion audience '{}'. \
             Please check your federated identity credential Subject, Audience and Issuer against \
             the presented assertion.",
            shown(audience)
        );
        refused(700_212, &text)
    }

    fn grant(&self, audience: &str, modern: bool) -> Value {
        let issued = self.mint.issue(audience, &format!("https://sts.windows.net/{TENANT}/"));
        if modern {
            return json!({
                "token_type": "Bearer",
                "expires_in": issued.expires_in,
                "ext_expires_in": issued.expires_in,
                "access_token": issued.text,
            });
        }
        // Version 1 and managed identities write numbers as texts.
        json!({
            "token_type": "Bearer",
            "expires_in": issued.expires_in.to_string(),
            "ext_expires_in": issued.expires_in.to_string(),
            "expires_on": issued.expires_on.to_string(),
            "not_before": issued.expires_on.saturating_sub(issued.expires_in).to_string(),
            "resource": audience,
            "access_token": issued.text,
        })
    }

    /// A managed identity of the kind that App Service offers; the secret guards it.
    fn identity(&self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let header = asked.identity_header.unwrap_or_default();
        if !token::same(header.as_bytes(), self.secret.0.as_bytes()) {
            let text = "The header 'X-IDENTITY-HEADER' is missing or wrong.";
            return Err(Refusal::new(401, "invalid_request", 7_000_215, text));
        }
        let query = Form::read(asked.query.as_bytes());
        let resource = need(&query, "resource")?;
        let mut body = self.grant(resource.trim_end_matches("/.default"), false);
        body["client_id"] = json!(CLIENT_ID);
        Ok(body)
    }

    /// Tells whether a job shows what it was started with: the secret.
    fn is_job(&self, asked: &Asked<'_>) -> bool {
        let given = asked.authorization.and_then(|given| given.split_once(' '));
        given.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer")
                && token::same(token.as_bytes(), self.secret.0.as_bytes())
        })
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let seconds = i64::try_from(self.mint.now()).unwrap_or_default();
        let now =
            OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let timestamp = now.format(&Rfc3339).unwrap_or_default().replace('T', " ");
        let trace = azure_core::Uuid::new_v4().to_string();
        let correlation = azure_core::Uuid::new_v4().to_string();
        let Refusal { status, error, code, text } = refusal;
        let body = json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} \
                 Timestamp: {timestamp}"
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        });
        (*status, body)
    }
}

fn route(path: &str) -> Option<Route<'_>> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    let first = *segments.first()?;
    match words[..] {
        [_, "discovery", "instance"] => Some(Route::Instance),
        [_, ".well-known", "openid-configuration"] => {
            Some(Route::Configuration { tenant: first, version: "" })
        }
        [_, "v2.0", ".well-known", "openid-configuration"] => {
            Some(Route::Configuration { tenant: first, version: "v2.0" })
        }
        [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => Some(Route::Keys),
        [_, "oauth2", "token"] => Some(Route::Token { tenant: first, version: "" }),
        [_, "oauth2", "v2.0", "token"] => Some(Route::Token { tenant: first, version: "v2.0" }),
        [_, "oauth2", _] | [_, "oauth2", "v2.0", _] => Some(Route::Unsupported),
        ["msi", "token"] => Some(Route::Identity),
        _ => Job::of(&words).map(Route::Job),
    }
}

/// Where the login stands, for clients that do not know this cloud.
fn instance(asked: &Asked<'_>) -> Value {
    let host = asked.endpoint.trim_start_matches("https://");
    json!({
        "tenant_discovery_endpoint":
            format!("{}/{TENANT}/v2.0/.well-known/openid-configuration", asked.endpoint),
        "api-version": "1.1",
        "metadata": [
            { "preferred_network": host, "preferred_cache": host, "aliases": [host] }
        ],
    })
}

fn configuration(asked: &Asked<'_>, tenant: &str, version: &str) -> Result<Value, Refusal> {
    known_tenant(tenant)?;
    let base = format!("{}/{tenant}", asked.endpoint);
    let way = if version.is_empty() { "oauth2".to_owned() } else { format!("oauth2/{version}") };
    let keys = if version.is_empty() { "discovery/keys" } else { "discovery/v2.0/keys" };
    Ok(json!({
        "issuer": format!("{}/{TENANT}/{version}", asked.endpoint).trim_end_matches('/'),
        "authorization_endpoint": format!("{base}/{way}/authorize"),
        "token_endpoint": format!("{base}/{way}/token"),
        "device_authorization_endpoint": format!("{base}/{way}/devicecode"),
        "end_session_endpoint": format!("{base}/{way}/logout"),
        "jwks_uri": format!("{base}/{keys}"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["HS256"],
        "tenant_region_scope": null,
        "cloud_instance_name": "akstool-sim",
    }))
}

fn known_tenant(tenant: &str) -> Result<(), Refusal> {
    let lower = tenant.to_ascii_lowercase();
    if lower == TENANT || ANY.contains(&lower.as_str()) {
        return Ok(());
    }
    let text = format!(
        "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing \
         into the correct cloud.",
        shown(tenant)
    );
    Err(Refusal::new(400, "invalid_request", 90_002, text))
}

/// What a client sent, short and without control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// A member of a form that must be there.
fn need(form: &Form, name: &str) -> Result<String, Refusal> {
    form.get(name).map(str::to_owned).ok_or_else(|| Refusal::missing(name))
}

#[cfg(test)]
mod tests;
