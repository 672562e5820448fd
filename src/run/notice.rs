//! What the protocol has to say while a run waits, as sentences without their stop.

use std::time::Duration;

use crate::arm::{Notice, ResourceId};
use crate::ui::words;

/// Returns a notice of the protocol as a sentence without its stop.
pub(super) fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::Retrying { request, wait, because, .. } => {
            format!("trying {} again in {}: {because}", short(request), seconds(*wait))
        }
        Notice::Held { request, says } => {
            format!("{} waits until another operation is done: {says}", short(request))
        }
        Notice::Throttled { request, wait } => {
            format!(
                "{} waits {} so as not to run into a rate limit",
                short(request),
                seconds(*wait)
            )
        }
        Notice::Sent { request, status, took } => {
            format!("{status} {request} in {} ms", took.as_millis())
        }
        Notice::Renewed { request } => {
            format!("{}: the token was refused, fetching a new one", short(request))
        }
    }
}

/// Returns a request as a reader tells it apart: its method, and the kind and name of its resource.
fn short(request: &str) -> String {
    let Some(at) = request.find('/') else { return request.to_owned() };
    let (method, path) = (request[..at].trim_end(), &request[at..]);
    let name = words::name(path);
    match ResourceId::parse(path).map(|id| id.resource_type()) {
        // What an operation is called, nobody knows.
        Ok(kind) if !kind.contains("/locations") => {
            format!("{method} {} {name}", words::kind(&kind))
        }
        _ => format!("{method} {name}"),
    }
}

fn seconds(wait: Duration) -> String {
    words::duration(Duration::from_secs(wait.as_secs().max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_method_kind_and_name() {
        let cluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
        for (request, said) in [
            (format!("PUT {cluster}"), "PUT cluster c"),
            (
                format!("the status of PUT {cluster}/agentPools/p"),
                "the status of PUT node pool c/p",
            ),
            ("DELETE /subscriptions/s/resourceGroups/g".to_owned(), "DELETE resource group g"),
            ("GET /subscriptions/s/resources".to_owned(), "GET resources"),
            ("login".to_owned(), "login"),
        ] {
            assert_eq!(short(&request), said);
        }
    }
}
