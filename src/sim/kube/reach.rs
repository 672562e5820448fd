//! The way to the API servers of clusters: one seam for whoever is in this process and for those
//! who come in over the network.

#[cfg(any(test, feature = "serve"))]
use super::Doors;
use super::{Caller, Reply, Request, answer};
use crate::sim::Sim;

impl Sim {
    /// Says from now on in kubeconfigs how the API servers are reached.
    #[cfg(any(test, feature = "serve"))]
    pub(crate) fn open_doors(&self, doors: Doors) {
        self.desk().open_doors(doors);
    }

    /// Asks the API server of that name; `None` where none answers. `wall` are the milliseconds
    /// since 1970 that the client's clock shows, where that is known.
    pub(crate) fn api_server(
        &self,
        name: &str,
        caller: &Caller,
        request: &Request<'_>,
        wall: Option<i64>,
    ) -> Option<Reply> {
        let mut desk = self.desk();
        desk.catch_up().ok()?;
        let now = i64::try_from(desk.world.now).unwrap_or_default();
        let shift = wall.map_or(0, |wall| wall.saturating_sub(now));
        answer(&desk.world, name, caller, request, shift)
    }
}
