//! What lies beside clusters and pools: upgrade profiles, which are only read, and maintenance
//! configurations, which are kept as they are sent.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::rfc3339;
use super::super::error::Refusal;
use super::super::world::World;
use super::cluster::{credential, pool_check, unmarshal, versions};
use super::{Answer, Provider, Put, catalog, identity};

/// The upgrades open to a cluster or a pool.
pub(crate) struct UpgradeProfile(&'static str);

/// Of a cluster.
pub(crate) static OF_CLUSTER: UpgradeProfile =
    UpgradeProfile("Microsoft.ContainerService/managedClusters/upgradeProfiles");
/// Of a pool.
pub(crate) static OF_POOL: UpgradeProfile =
    UpgradeProfile("Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles");

/// `Microsoft.ContainerService/managedClusters/accessProfiles`, the old way to credentials.
pub(crate) struct AccessProfile;

const ACCESS: &str = "Microsoft.ContainerService/managedClusters/accessProfiles";

/// `Microsoft.ContainerService/managedClusters/maintenanceConfigurations`.
pub(crate) struct Maintenance;

const MAINTENANCE: &str = "Microsoft.ContainerService/managedClusters/maintenanceConfigurations";

/// The windows that a cluster may have (learn.microsoft.com/azure/aks/planned-maintenance).
const WINDOWS: [&str; 3] =
    ["default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"];

impl Provider for UpgradeProfile {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn always(&self, _world: &World, id: &ResourceId) -> bool {
        id.name().eq_ignore_ascii_case("default")
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let above = id.parent().and_then(|above| world.body(above.as_str())).unwrap_or_default();
        let running = body::text(&above, "/properties/currentOrchestratorVersion")
            .or_else(|| body::text(&above, "/properties/currentKubernetesVersion"))
            .unwrap_or(versions::DEFAULT);
        let pool = self.0.contains("agentPools");
        let cluster = id.parent().and_then(|pool| world.body(pool.parent()?.as_str()));
        let control_plane = cluster
            .as_ref()
            .filter(|_| pool)
            .and_then(|cluster| body::text(cluster, "/properties/currentKubernetesVersion"));
        let profile = versions::profile(running, control_plane);
        let properties = if pool {
            let mut profile = profile;
            profile["latestNodeImageVersion"] = above["properties"]["nodeImageVersion"].clone();
            profile
        } else {
            json!({ "controlPlaneProfile": profile, "agentPoolProfiles": [profile] })
        };
        Ok(Answer::ok(json!({
            "id": id.as_str().to_ascii_lowercase(), "name": "default", "type": self.0,
            "properties": properties,
        })))
    }

    fn put(&self, _world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(self.0, &put.asked.api))
    }

    fn delete(&self, _: &mut World, asked: &Asked, _: &ResourceId) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(self.0, &asked.api))
    }
}

impl Provider for AccessProfile {
    fn kind(&self) -> &'static str {
        ACCESS
    }

    fn always(&self, _world: &World, id: &ResourceId) -> bool {
        ["clusterUser", "clusterAdmin"].iter().any(|known| known.eq_ignore_ascii_case(id.name()))
    }

    fn put(&self, _world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(ACCESS, &put.asked.api))
    }

    fn delete(&self, _: &mut World, asked: &Asked, _: &ResourceId) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(ACCESS, &asked.api))
    }

    /// Answers as `ManagedClustersGetAccessProfile.json` of the specification does.
    fn act(
        &self,
        world: &mut World,
        asked: &Asked,
        id: &ResourceId,
        verb: &str,
    ) -> Result<Answer, Refusal> {
        let Some(cluster) = id.parent().filter(|_| verb == "listcredential") else {
            return Err(catalog::unknown_type(&format!("{ACCESS}/{verb}"), &asked.api));
        };
        let admin = id.name().eq_ignore_ascii_case("clusterAdmin");
        let given = credential::list(world, asked, &cluster, admin)?.body.unwrap_or_default();
        let stored = world.body(cluster.as_str()).unwrap_or_default();
        Ok(Answer::ok(json!({
            "id": identity::lower_group(id.as_str()), "name": id.name(),
            "type": "Microsoft.ContainerService/ManagedClusters/AccessProfiles",
            "location": stored["location"],
            "properties": { "kubeConfig": given["kubeconfigs"][0]["value"] },
        }))
        .taking(500)
        .reading())
    }
}

impl Provider for Maintenance {
    fn kind(&self) -> &'static str {
        MAINTENANCE
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        unmarshal::maintenance(&put.body, &put.asked.api)?;
        if !WINDOWS.iter().any(|known| known.eq_ignore_ascii_case(put.id.name())) {
            let known = WINDOWS.join(", ");
            let text = format!("'{}' is no maintenance configuration: {known}.", put.id.name());
            return Err(pool_check::invalid("maintenanceConfiguration.name", &text));
        }
        let mut properties = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
        if properties.get("maintenanceWindow").is_some() {
            body::fill(&mut properties, "/maintenanceWindow/utcOffset", "+00:00");
            let today = rfc3339(world.now)[..10].to_owned();
            body::fill(&mut properties, "/maintenanceWindow/startDate", today);
        }
        let stored: Value =
            json!({ "id": put.id.as_str(), "name": put.id.name(), "properties": properties });
        world.put(put.id.as_str(), MAINTENANCE, &stored);
        Ok(Answer::ok(stored).taking(1_500))
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}
