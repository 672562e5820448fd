//! What is hidden in texts, and what is not.

use proptest::prelude::*;
use serde_json::Value;

use super::scan;

/// Texts that hold a secret, and what is shown of them.
const HIDDEN: &[(&str, &str)] = &[
    (
        r#"login failed: {"client_secret":"planted","x":1}"#,
        r#"login failed: {"client_secret":"REDACTED","x":1}"#,
    ),
    (r#"{\"password\":\"planted\\\" x\",\"y\":1}"#, r#"{\"password\":\"REDACTED\",\"y\":1}"#),
    (r#"{ "secret" : "a\"planted" }"#, r#"{ "secret" : "REDACTED" }"#),
    (r#"{"adminPassword":{"value":"planted"},"a":1}"#, r#"{"adminPassword":REDACTED,"a":1}"#),
    (r#"{"secret":["planted","planted"]}"#, r#"{"secret":REDACTED}"#),
    ("password: planted was refused", "password: REDACTED was refused"),
    ("Password = planted is wrong", "Password = REDACTED is wrong"),
    ("Authorization: Basic cGxhbnRlZDpwbGFudGVk was sent", "Authorization: REDACTED was sent"),
    ("it sent Basic cGxhbnRlZDpwbGFudGVk.", "it sent Basic REDACTED."),
    ("Authorization: Bearer planted", "Authorization: REDACTED"),
    ("'accessToken': 'planted' is old", "'accessToken': 'REDACTED' is old"),
    ("client-key-data: planted token: planted", "client-key-data: REDACTED token: REDACTED"),
    ("apikey=planted, api-key: planted; x", "apikey=REDACTED, api-key: REDACTED; x"),
    (
        "Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey=planted=;EntityPath=x",
        "Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey=REDACTED;EntityPath=x",
    ),
    (
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=planted==;EndpointSuffix=core.windows.net",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=REDACTED;EndpointSuffix=core.windows.net",
    ),
    (
        "Server=tcp:x;User ID=z;Password=pla;n&ted;Trusted_Connection=False",
        "Server=tcp:x;User ID=z;Password=REDACTED;Trusted_Connection=False",
    ),
    ("SharedAccessKey%3Dplanted%3BEntityPath%3Dx", "SharedAccessKey%3DREDACTED%3BEntityPath%3Dx"),
    ("client_secret=pl%3Banted%26&scope=x", "client_secret=REDACTED&scope=x"),
    ("SharedAccessSignature sr=x&sig=planted&se=1", "SharedAccessSignature sr=x&sig=REDACTED&se=1"),
    (
        "see https://a.blob/c?sv=2020&sig=planted%3D&sp=r now",
        "see https://a.blob/c?sv=2020&sig=REDACTED&sp=r now",
    ),
    ("the secret value \"planted\" is old", "the secret value \"REDACTED\" is old"),
    ("(token=planted)", "(token=REDACTED)"),
    ("adminPassword='planted' and more", "adminPassword='REDACTED' and more"),
    ("password=\"planted with space\" done", "password=\"REDACTED\" done"),
    ("AZURE_CLIENT_SECRET=planted is set", "AZURE_CLIENT_SECRET=REDACTED is set"),
    ("x-functions-key=planted", "x-functions-key=REDACTED"),
    ("(eyJhbGciOi.eyJhdWQi.planted)", "(REDACTED)"),
    ("id eyJhbGciOi.planted.planted.planted.planted, x", "id REDACTED, x"),
    ("made pL48Q~plantedplantedplantedplanted12345 today", "made REDACTED today"),
    ("amqps://u:pl@nted@host:5671/x", "amqps://REDACTED@host:5671/x"),
    (
        "key LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpwbGFudGVkcGxhbnRlZHBsYW50ZWQK end",
        "key REDACTED end",
    ),
    (
        r"-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n x",
        r"-----END CERTIFICATE-----\nREDACTED\n x",
    ),
    ("password=\"planted that is cut", "password=\"REDACTED"),
    ("Bearer planted", "Bearer REDACTED"),
];

/// Texts that hold none.
const SHOWN: &[&str] = &[
    "token endpoint: https://login.microsoftonline.com/t/oauth2/v2.0/token",
    "the password must be 12 to 72 characters long, with a digit",
    "secret: not found",
    "The client secret: is missing. Password: must be set.",
    "secret \"registry\" not found in the namespace default",
    "InvalidAuthenticationToken: Signature verification failed",
    "code=InvalidAuthenticationToken, message=The access token is invalid.",
    "/subscriptions/s/providers/Microsoft.KeyVault/vaults/v/secrets/db-password: Caller lacks rights",
    "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'x'.",
    "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-01-01T00:00:00.0000000Z, expiry time of assertion 2026-01-01T00:00:00.0000000Z.",
    "AADSTS50013: Assertion failed signature validation. [Reason - The key was not found., Thumbprint of key used by client: 'x']",
    "AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:o/r:ref:refs/heads/main'.",
    "Bearer authorization_uri=\"https://login.windows.net/t\", error=\"invalid_token\", error_description=\"The token is bad\"",
    "the Basic load balancer, Basic Standard_D2s_v5",
    "https://h/x?api-version=1&$skiptoken=abc&t=638&$filter=atScope()",
    "System.Text.Json, Version=8.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51",
    "{\"tokenRequired\":true,\"secretName\":\"x\",\"password\":null,\"token\":\"\"}",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@host",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "The access token expiry UTC time '1/1/2026 1:00:00 PM' is earlier than current UTC time '1/1/2026 1:00:01 PM'",
    "The client 'x' with object id 'y' does not have authorization to perform action 'A' over scope 'S' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    "Could not find the agentpool: ap2 in subscription: s, resourceGroup: g, resourceName: c.",
    "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://management.azure.com/subscriptions/s/providers/Microsoft.Network/locations/westus2/operations/o?api-version=2020-11-01.",
    "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation",
    "Another agentpool operation (np1 - Creating) is in progress",
    "The scope 'R' cannot perform delete operation because following scope(s) are locked: 'S'. Please remove the lock and try again.",
    "Principal p does not exist in the directory t. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
    "exceeding approved X Family Cores quota. Current Limit: 100, Current Usage: 96, Additional Required: 64, (Minimum) New Limit Required: 160",
    "Status: '429'. Response: '{\"error\":{\"code\":\"429\",\"message\":\"Too many requests\"}}'.",
    "NetworkProfile CIDR 10.0.0.0/16 overlaps with reserved VNET CIDR 10.0.0.0/8",
    "Subnet nodes = 10.0.0.0/24 is in use",
    "ftp://host/a@b, mail me@host",
    "give the job `permissions: id-token: write`",
];

#[test]
fn what_is_secret_in_a_text_is_hidden_and_its_words_stay() {
    for (text, shown) in HIDDEN {
        assert_eq!(scan(text), *shown);
    }
    for text in SHOWN {
        assert_eq!(scan(text), *text);
    }
}

#[test]
fn a_text_of_any_shape_takes_time_in_proportion_to_its_length() {
    let shapes = [
        "token:",
        "token ",
        "\"token\":",
        "\\",
        "password=[",
        "password={",
        "eyJ.",
        "-eyJ",
        "eyJ",
        "bearer ",
        " ",
        "-----BEGIN ",
        "-----BEGIN PRIVATE",
        "://",
        "://@",
        ";a",
        "x=;",
        "?c",
        "&",
        "%3D",
        "token   ",
        "LS0tLS1CRUdJTi",
        "'",
        "basic basic",
    ];
    for shape in shapes {
        // A scanner that looks back or ahead without bound would take minutes for one of these.
        scan(&shape.repeat(100_000 / shape.len()));
        scan(&format!("token={}", shape.repeat(100_000 / shape.len())));
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in any::<String>(), mix in "(token|[=:\"'\\\\ ?&;{}\\[\\]<>.]|eyJ|é|🙂|-----BEGIN |PRIVATE KEY|Bearer |://|@|%3D|a)*") {
        scan(&text);
        scan(&mix);
        super::scan_query(&mix);
    }

    #[test]
    fn a_secret_that_json_quotes_is_hidden_however_deep(secret in "[!-~ é🙂]{6,40}", depth in 0..4) {
        let mut text = serde_json::json!({ "a": "b", "client_secret": format!("<{secret}>"), "c": 1 }).to_string();
        for _ in 0..depth {
            text = Value::from(text).to_string();
        }
        let shown = scan(&text);
        let mut quoted = format!("<{secret}>");
        for _ in 0..=depth {
            let json = Value::from(quoted).to_string();
            quoted = json[1..json.len() - 1].to_owned();
        }
        prop_assert!(!shown.contains(&quoted), "{shown}");
        prop_assert!(!shown.contains('<'), "{shown}");
    }

    #[test]
    fn words_without_signs_stay(text in "[a-zA-Z ,.()]{0,80}") {
        prop_assert_eq!(scan(&text), text);
    }
}
