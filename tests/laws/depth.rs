//! How often a plan waits for Azure: what does not depend on an answer is asked at once.

use std::sync::Arc;
use std::time::Duration;

use akstool::arm::client::Arm;
use akstool::profile::builtin;
use akstool::sim::fault::Script;
use akstool::sim::transport::SimTransport;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use tokio::time::{Instant, sleep};

use super::support::{World, in_virtual_time, profile, setup};

/// How far away Azure is.
const ROUND_TRIP: Duration = Duration::from_millis(40);

/// The embedded Azure, far away.
#[derive(Debug)]
struct Far(SimTransport);

#[async_trait::async_trait]
impl HttpClient for Far {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        sleep(ROUND_TRIP).await;
        self.0.execute_request(request).await
    }
}

/// The number of answers that each other wait for.
async fn depth<T>(work: impl Future<Output = T>) -> (u32, T) {
    let begun = Instant::now();
    let done = work.await;
    let trips = begun.elapsed().as_millis() / ROUND_TRIP.as_millis();
    (u32::try_from(trips).expect("a few"), done)
}

#[test]
fn a_plan_without_work_waits_once() {
    for builtin in builtin::ALL {
        in_virtual_time(async {
            let profile = profile(builtin.name);
            let world = World::new(Script::default()).with_foreign(&profile);
            world.up(&profile).await;
            let far = Arc::new(Far(SimTransport::new(world.sim.clone())));
            let arm = Arm::new(setup(far)).expect("the scenario holds");
            let world = World { arm, ..world };
            let (waits, plan) = Box::pin(depth(world.plan(&profile))).await;
            assert!(plan.is_empty(), "{}", builtin.name);
            assert_eq!(waits, 1, "{}: round trips beside connection and token", builtin.name);
        });
    }
}
