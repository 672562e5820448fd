//! What the caller may do: which action a call takes, and whether a grant holds it.
//!
//! Actions and scopes are those of Azure's list of permissions; a body that refers to resources
//! takes an action on each of these too (`subnets/join/action`). Not checked: reading an
//! operation's status, and ARM's own lists, which Azure filters instead.

use serde_json::{Value, json};

use super::asked::Asked;
use super::error::Refusal;
use super::provider::role_assignment::{self, CALLER, linked, may};
use super::provider::{self, GROUP, respell};
use super::route::Route;
use super::world::{World, key};
use crate::arm::id::ResourceId;

/// What it takes to refer to a resource, by the type of what is referred to (Azure's permissions
/// for networking and for managed identities).
const LINKED: [(&str, &str); 9] = [
    (
        "Microsoft.OperationalInsights/workspaces",
        "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
    ),
    (
        "Microsoft.Network/virtualNetworks/subnets",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    ("Microsoft.Network/virtualNetworks", "Microsoft.Network/virtualNetworks/peer/action"),
    ("Microsoft.Network/routeTables", "Microsoft.Network/routeTables/join/action"),
    (
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/networkSecurityGroups/join/action",
    ),
    ("Microsoft.Network/natGateways", "Microsoft.Network/natGateways/join/action"),
    ("Microsoft.Network/publicIPAddresses", "Microsoft.Network/publicIPAddresses/join/action"),
    ("Microsoft.Network/privateDnsZones", "Microsoft.Network/privateDnsZones/join/action"),
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    ),
];

/// Refuses what the caller may not do.
pub(crate) fn check(world: &World, asked: &Asked) -> Result<(), Refusal> {
    let all = world.conduct.caller.is_none();
    let Some((action, scope)) = needed(asked).filter(|_| !all) else { return Ok(()) };
    let here = format!("/subscriptions/{}", key(&world.subscription));
    if !key(&scope).starts_with(&here) {
        // Another subscription is refused in other words.
        return Ok(());
    }
    if !holds(world, &action, &scope) {
        return Err(missing(&action, &scope));
    }
    if !action.ends_with("/write") {
        return Ok(());
    }
    for id in references(&asked.body, &scope) {
        let kind = id.resource_type();
        let wanted = LINKED.iter().find(|(referred, _)| referred.eq_ignore_ascii_case(&kind));
        if let Some((_, wanted)) = wanted {
            // A network is linked to a zone by another action than it is peered by.
            let links = action.starts_with("Microsoft.Network/privateDnsZones/");
            let wanted =
                if links { wanted.replace("/peer/", "/join/") } else { (*wanted).to_owned() };
            if holds(world, &wanted, id.as_str()) {
                continue;
            }
            return Err(linked(CALLER, (&action, &scope), (&wanted, id.as_str())));
        }
    }
    Ok(())
}

/// Tells whether the caller may do something: by what the script gave, or by an assignment.
fn holds(world: &World, action: &str, scope: &str) -> bool {
    let mut given = world.conduct.caller.iter().flatten();
    given.any(|grant| grant.reaches(scope) && grant.role.allows(action))
        || may(world, CALLER, action, scope)
}

/// Returns what the caller may do in a scope, as `Microsoft.Authorization/permissions` lists it.
pub(crate) fn permissions(world: &World, scope: &str) -> Vec<Value> {
    let Some(given) = &world.conduct.caller else {
        return vec![
            json!({ "actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": [] }),
        ];
    };
    let given = given.iter().filter(|grant| grant.reaches(scope));
    let given = given.map(|grant| grant.role.permission());
    given.chain(role_assignment::held(world, CALLER, scope)).collect()
}

/// Returns the action a call takes and the scope it takes it in; `None` where none is asked for.
pub(crate) fn needed(asked: &Asked) -> Option<(String, String)> {
    let verb = match asked.method.as_str() {
        "GET" | "HEAD" => "read",
        "DELETE" => "delete",
        _ => "write",
    };
    let subscription = || {
        let mut segments = asked.path.split('/').filter(|segment| !segment.is_empty());
        segments.nth(1).map(|id| format!("/subscriptions/{id}"))
    };
    match &asked.route {
        Route::Resource { id, kind } => {
            let id = respell(id);
            Some((format!("{}/{verb}", spelt(kind)), id.to_string()))
        }
        Route::Action { id, kind, verb } => {
            Some((format!("{}/{verb}/action", spelt(kind)), respell(id).to_string()))
        }
        Route::Collection { scope, kind } => {
            let scope =
                ResourceId::parse(scope).map_or(scope.clone(), |id| respell(&id).to_string());
            Some((format!("{}/read", spelt(kind)), scope))
        }
        Route::Register(namespace, on) => {
            let word = if *on { "register" } else { "unregister" };
            Some((format!("{namespace}/{word}/action"), subscription()?))
        }
        Route::Regional { namespace, what, .. } => {
            Some((format!("{namespace}/locations/{what}/read"), subscription()?))
        }
        Route::Subscription => {
            Some(("Microsoft.Resources/subscriptions/read".to_owned(), subscription()?))
        }
        _ => None,
    }
}

/// A type as actions name it.
fn spelt(kind: &str) -> String {
    let known = provider::of(kind).map_or(kind, |provider| provider.kind());
    // The type of a group is no segment of its actions.
    if known == GROUP {
        "Microsoft.Resources/subscriptions/resourceGroups".to_owned()
    } else {
        known.to_owned()
    }
}

/// The resources that a body refers to, less what lies in the resource itself.
fn references(body: &Value, own: &str) -> Vec<ResourceId> {
    let mut found = Vec::new();
    walk(body, &mut |text| {
        let inside = key(text)
            .strip_prefix(&key(own))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if text.starts_with("/subscriptions/") && !inside {
            found.extend(ResourceId::parse(text).ok());
        }
    });
    found
}

/// Meets every text in a body and every member's name: identities are named by the latter.
fn walk(value: &Value, meet: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => meet(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, meet)),
        Value::Object(members) => {
            for (name, value) in members {
                meet(name);
                walk(value, meet);
            }
        }
        _ => {}
    }
}

/// The text of 403 answers in recorded traffic.
fn missing(action: &str, scope: &str) -> Refusal {
    Refusal::arm(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{CALLER}' with object id '{CALLER}' does not have authorization to perform \
             action '{action}' over scope '{scope}' or the scope is invalid. If access was recently \
             granted, please refresh your credentials."
        ),
    )
}
