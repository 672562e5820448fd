//! The generated clients read what `up` made in the embedded Azure.
//!
//! Each of the two crates brings an `azure_core` of its own, so the bridge to the embedded Azure is
//! written twice. It changes one thing on the way: the API version, because the ones that the
//! crates speak are no longer served.

use std::collections::BTreeMap;
use std::sync::Arc;

use akstool::sim::{Call, SUBSCRIPTION, Sim};
use async_trait::async_trait;
use azure_core_0_10 as core10;
use azure_core_0_21 as core21;
use azure_mgmt_containerservice::models as aks;
use futures_util::{StreamExt, stream};
use time::OffsetDateTime;

use crate::support::{World, in_virtual_time, profile};

/// A bridge from the crates' clients to the embedded Azure.
#[derive(Clone, Debug)]
struct Bridge {
    sim: Sim,
    version: &'static str,
}

impl Bridge {
    /// Hands a request over in the version that is served; returns status and body.
    async fn carry(&self, method: String, path: &str) -> (u16, Vec<u8>) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some(("api-version", _)) => format!("api-version={}", self.version),
                _ => pair.to_owned(),
            })
            .collect();
        let path = format!("{path}?{}", query.join("&"));
        let call =
            Call { method, path, headers: BTreeMap::new(), body: Vec::new(), ..Call::default() };
        let reply = self.sim.answer(call).await;
        let body = reply.body.map(|body| body.to_string().into_bytes());
        (reply.status, body.unwrap_or_default())
    }
}

#[async_trait]
impl core10::HttpClient for Bridge {
    async fn execute_request(&self, request: &core10::Request) -> core10::Result<core10::Response> {
        let path = request.url().as_str().trim_start_matches("https://arm.invalid").to_owned();
        let (status, body) = self.carry(request.method().to_string(), &path).await;
        let status = core10::StatusCode::try_from(status).expect("the embedded Azure's statuses");
        let body = stream::once(async move { Ok(body.into()) });
        let headers = core10::headers::Headers::new();
        Ok(core10::Response::new(status, headers, Box::pin(body)))
    }
}

#[async_trait]
impl core21::HttpClient for Bridge {
    async fn execute_request(&self, request: &core21::Request) -> core21::Result<core21::Response> {
        let path = request.url().as_str().trim_start_matches("https://arm.invalid").to_owned();
        let (status, body) = self.carry(request.method().to_string(), &path).await;
        let status = core21::StatusCode::try_from(status).expect("the embedded Azure's statuses");
        let body = stream::once(async move { Ok(body.into()) });
        let headers = core21::headers::Headers::new();
        Ok(core21::Response::new(status, headers, Box::pin(body)))
    }
}

/// A token for whoever asks: the embedded Azure takes any.
#[derive(Debug)]
struct Anybody;

#[async_trait]
impl core10::auth::TokenCredential for Anybody {
    async fn get_token(&self, _: &str) -> core10::Result<core10::auth::TokenResponse> {
        let token = core10::auth::AccessToken::new("any".to_owned());
        Ok(core10::auth::TokenResponse::new(token, later()))
    }
}

#[async_trait]
impl core21::auth::TokenCredential for Anybody {
    async fn get_token(&self, _: &[&str]) -> core21::Result<core21::auth::AccessToken> {
        Ok(core21::auth::AccessToken::new("any".to_owned(), later()))
    }

    async fn clear_cache(&self) -> core21::Result<()> {
        Ok(())
    }
}

/// A moment after every test.
fn later() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(32_503_680_000).expect("the year 3000")
}

#[test]
fn the_generated_aks_client_reads_the_cluster_that_up_made() {
    in_virtual_time(async {
        let world = World::new(akstool::sim::fault::Script::default());
        world.up(&profile("kubenet")).await;
        let bridge = Bridge { sim: world.sim.clone(), version: "2025-10-01" };
        let client = azure_mgmt_containerservice::Client::builder(Arc::new(Anybody))
            .endpoint("https://arm.invalid")
            .transport(core10::TransportOptions::new(Arc::new(bridge)))
            .build();
        let clusters = client.managed_clusters_client();
        let cluster = clusters.get(SUBSCRIPTION, "demo", "demo").await.expect("it can be read");
        let network = cluster.properties.and_then(|it| it.network_profile).expect("a network");
        assert_eq!(network.pod_cidr.as_deref(), Some("10.244.0.0/16"));

        let pools = client.agent_pools_client();
        let pool = pools.get(SUBSCRIPTION, "demo", "demo", "system").await.expect("the pool");
        let properties = pool.properties.expect("properties");
        assert_eq!(properties.count, Some(2));

        let listed = clusters.list_by_resource_group(SUBSCRIPTION, "demo").into_stream();
        let pages: Vec<_> = listed.collect().await;
        let names = |page: &aks::ManagedClusterListResult| page.value.len();
        let found: usize = pages.iter().flatten().map(names).sum();
        assert_eq!(found, 1, "the list holds the one cluster: {pages:?}");
    });
}

#[test]
fn the_generated_network_client_reads_the_network_that_up_made() {
    in_virtual_time(async {
        let world = World::new(akstool::sim::fault::Script::default());
        world.up(&profile("kubenet")).await;
        let bridge = Bridge { sim: world.sim.clone(), version: "2025-07-01" };
        let client = azure_mgmt_network::package_2024_03::Client::builder(Arc::new(Anybody))
            .endpoint("https://arm.invalid".parse::<core21::Url>().expect("a URL"))
            .transport(core21::TransportOptions::new(Arc::new(bridge)))
            .build()
            .expect("a client");
        let subnet = client
            .subnets_client()
            .get("demo", "demo-vnet", "nodes", SUBSCRIPTION)
            .await
            .expect("the subnet can be read");
        let properties = subnet.properties.expect("properties");
        assert_eq!(properties.address_prefix.as_deref(), Some("10.10.1.0/24"));
        assert!(properties.route_table.is_some(), "the route table is attached");
    });
}
