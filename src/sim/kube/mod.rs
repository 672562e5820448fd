//! The API server of a cluster, as kubectl meets it: who asks is known, what stands can be read.
//!
//! It shows what follows from the cluster's life in Azure: its nodes with their addresses, and the
//! namespaces and services that every cluster has. Nothing runs in it, so there are no pods, and
//! nothing can be written: the answer to that is Kubernetes' own `Forbidden`, and so does `auth
//! can-i` say. A cluster that is being made, is stopped or is gone does not answer at all.
//!
//! Written from the Kubernetes API reference and conventions (kubernetes.io/docs/reference/using-api,
//! github.com/kubernetes/community, `api-conventions.md`) and what kubectl 1.20 and 1.32 ask.

mod access;
mod age;
mod answer;
mod catalog;
mod cluster;
mod discovery;
pub(crate) mod doors;
mod metadata;
mod node;
mod objects;
mod reach;
mod reply;
mod review;
mod select;
mod table;

use serde_json::Value;

use doors::Doors;

use super::world::{Entry, World};
use super::{body, provider};

pub(crate) use cluster::{Caller, Cluster, Request};
pub(crate) use reply::Reply;

/// Answers a request to the API server of that name; `None` where none answers. Without a name it is
/// the one that the token opens: `kubectl get --raw` leaves out the path that stands before its own.
pub(crate) fn answer(
    world: &World,
    name: &str,
    caller: &Caller,
    request: &Request<'_>,
    shift: i64,
) -> Option<Reply> {
    let entry = match name {
        "" => match find_by_token(world, caller) {
            Some(entry) => entry,
            None => return Some(reply::unauthorized()),
        },
        name => find(world, name)?,
    };
    let stored = entry.body();
    let cluster = Cluster { world, id: entry.id.clone(), stored, made: entry.made, shift };
    if !is_up(&cluster.stored) {
        return None;
    }
    Some(match who(&cluster.stored, world.conduct.doors.as_ref(), caller) {
        Some(user) => answer::to(&cluster, user, request),
        None => reply::unauthorized(),
    })
}

/// The cluster whose API server has that name in DNS.
fn find<'a>(world: &'a World, name: &str) -> Option<&'a Entry> {
    world.of_kind(provider::cluster::KIND).find(|entry| {
        let stored = entry.body();
        ["/properties/fqdn", "/properties/privateFQDN"]
            .iter()
            .any(|at| body::text(&stored, at).is_some_and(|own| own.eq_ignore_ascii_case(name)))
    })
}

/// The cluster that a token opens.
fn find_by_token<'a>(world: &'a World, caller: &Caller) -> Option<&'a Entry> {
    let doors = world.conduct.doors.as_ref();
    let mut clusters = world.of_kind(provider::cluster::KIND);
    clusters.find(|entry| {
        matches!(caller, Caller::Token(_)) && who(&entry.body(), doors, caller).is_some()
    })
}

fn is_up(stored: &Value) -> bool {
    let state = body::text(stored, "/properties/provisioningState").unwrap_or_default();
    let power = body::text(stored, "/properties/powerState/code").unwrap_or("Running");
    power == "Running" && !["Creating", "Deleting"].contains(&state)
}

/// The name by which the API server knows whoever asks.
fn who(stored: &Value, doors: Option<&Doors>, caller: &Caller) -> Option<&'static str> {
    let local = !body::flag(stored, "/properties/disableLocalAccounts");
    match caller {
        Caller::Trusted => Some("masterclient"),
        Caller::Token(token) => {
            let own = doors?.token(stored);
            // Compared as a whole, so that time tells nothing.
            let differing =
                own.bytes().zip(token.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
            (local && own.len() == token.len() && differing == 0).then_some("masterclient")
        }
        Caller::Entra => stored.pointer("/properties/aadProfile").map(|_| "akstool"),
    }
}
