//! Registration of resource providers: the one thing doctor changes, and only when asked.

use std::time::Duration;

use futures_util::future::join_all;

use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;

use super::facts::Read;
use super::gather;

/// How often to ask; chosen: a registration takes a minute or two.
const EVERY: Duration = Duration::from_secs(10);

/// How long to ask; chosen: after ten minutes something is wrong.
const PATIENCE: Duration = Duration::from_mins(10);

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was there, or is now.
    Yes,
    /// It goes on.
    Pending,
}

/// Registers resource providers and waits, ten minutes at most, until they are.
pub async fn register(
    arm: &Arm,
    subscription: &str,
    namespaces: &[String],
) -> Result<Vec<(String, Registered)>, Error> {
    let id = ResourceId::subscription(subscription);
    let all = join_all(namespaces.iter().map(|namespace| one(arm, &id, namespace))).await;
    namespaces.iter().cloned().zip(all).map(|(name, outcome)| Ok((name, outcome?))).collect()
}

async fn one(arm: &Arm, id: &ResourceId, namespace: &str) -> Result<Registered, Error> {
    gather::register(arm, id, namespace).await?;
    let clock = arm.clock();
    let begun = clock.elapsed();
    loop {
        if let Read::Got(provider) = gather::provider(arm, id, namespace).await
            && provider.state.eq_ignore_ascii_case("Registered")
        {
            return Ok(Registered::Yes);
        }
        if clock.elapsed().saturating_sub(begun) >= PATIENCE {
            return Ok(Registered::Pending);
        }
        clock.sleep(EVERY).await;
    }
}
