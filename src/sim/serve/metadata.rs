//! What a client asks first: which cloud this is and where its parts stand.
//!
//! `az cloud register` and Terraform read one object at api-version 2022-09-01; what
//! `ARM_CLOUD_METADATA_URL` names is read as a list, as versions from 2018 to 2021 give it;
//! 2015-01-01 knows four fields, and 2018-01-01 adds the regions, which Terraform asks for. Only ARM and the login exist here, so everything else that must
//! have a value is a name that resolves nowhere: nothing is ever sent to the real Azure.

use serde_json::{Value, json};

use super::super::region::LOCATIONS;

/// The versions that are known, oldest first.
const VERSIONS: [&str; 9] = [
    "2015-01-01",
    "2018-01-01",
    "2018-05-01",
    "2019-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-09-01",
    "2021-01-01",
    "2022-09-01",
];

/// The first version that answers with one object.
const OBJECT_SINCE: &str = "2022-01-01";

/// Returns the metadata of this cloud, or the known versions when there is no such one.
pub(super) fn endpoints(endpoint: &str, version: &str) -> Result<Value, String> {
    if !VERSIONS.contains(&version) {
        return Err(VERSIONS.join(","));
    }
    if version < "2018-05-01" {
        let mut cloud = json!({
            "galleryEndpoint": elsewhere("gallery"),
            "graphEndpoint": format!("{endpoint}/graph/"),
            "portalEndpoint": elsewhere("portal"),
            "authentication": {
                "loginEndpoint": format!("{endpoint}/"),
                "audiences": audiences(endpoint),
            },
        });
        if version == "2018-01-01" {
            let host = endpoint.rsplit("://").next().unwrap_or_default();
            let regions: Vec<&str> = LOCATIONS.iter().map(|location| location.name).collect();
            cloud["cloudEndpoint"] = json!({ "sim": { "endpoint": host, "locations": regions } });
        }
        return Ok(cloud);
    }
    let cloud = cloud(endpoint);
    Ok(if version < OBJECT_SINCE { json!([cloud]) } else { cloud })
}

/// The audiences a token may be for; the first is what clients ask for.
fn audiences(endpoint: &str) -> [String; 2] {
    [endpoint.to_owned(), "https://management.azure.com/".to_owned()]
}

fn elsewhere(name: &str) -> String {
    format!("https://{name}.sim.akstool.invalid/")
}

fn cloud(endpoint: &str) -> Value {
    json!({
        "name": "AkstoolSim",
        "portal": elsewhere("portal"),
        "authentication": {
            "loginEndpoint": endpoint,
            "audiences": audiences(endpoint),
            // Any other word, and Terraform takes this for an Azure Stack.
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": endpoint,
        "graph": format!("{endpoint}/graph/"),
        "graphAudience": format!("{endpoint}/graph/"),
        "microsoftGraphResourceId": format!("{endpoint}/graph/"),
        "gallery": elsewhere("gallery"),
        "batch": elsewhere("batch"),
        "media": elsewhere("media"),
        "sqlManagement": elsewhere("sql"),
        "vmImageAliasDoc": format!("{}aliases.json", elsewhere("images")),
        "activeDirectoryDataLake": elsewhere("datalake"),
        "appInsightsResourceId": elsewhere("insights"),
        "appInsightsTelemetryChannelResourceId": elsewhere("telemetry"),
        "attestationResourceId": elsewhere("attest"),
        "logAnalyticsResourceId": elsewhere("loganalytics"),
        "ossrDbmsResourceId": elsewhere("ossrdbms"),
        "synapseAnalyticsResourceId": elsewhere("synapse"),
        "suffixes": {
            "acrLoginServer": "azurecr.sim.akstool.invalid",
            "attestationEndpoint": "attest.sim.akstool.invalid",
            "azureDataLakeAnalyticsCatalogAndJob": "datalakeanalytics.sim.akstool.invalid",
            "azureDataLakeStoreFileSystem": "datalakestore.sim.akstool.invalid",
            "azureFrontDoorEndpointSuffix": "azurefd.sim.akstool.invalid",
            "keyVaultDns": "vault.sim.akstool.invalid",
            "mariadbServerEndpoint": "mariadb.sim.akstool.invalid",
            "mhsmDns": "managedhsm.sim.akstool.invalid",
            "mysqlServerEndpoint": "mysql.sim.akstool.invalid",
            "postgresqlServerEndpoint": "postgres.sim.akstool.invalid",
            "sqlServerHostname": "database.sim.akstool.invalid",
            "storage": "core.sim.akstool.invalid",
            "storageSyncEndpointSuffix": "afs.sim.akstool.invalid",
            "synapseAnalytics": "synapse.sim.akstool.invalid",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_the_shape_its_readers_expect() {
        let at = |version| endpoints("https://localhost:1", version).unwrap();
        assert_eq!(at("2022-09-01")["resourceManager"], "https://localhost:1");
        assert_eq!(at("2019-05-01")[0], at("2022-09-01"));
        assert_eq!(at("2015-01-01")["authentication"]["loginEndpoint"], "https://localhost:1/");
        assert_eq!(at("2018-01-01")["cloudEndpoint"]["sim"]["endpoint"], "localhost:1");
        assert_eq!(at("2022-09-01")["authentication"]["tenant"], "common");
        assert!(endpoints("", "2999-01-01").unwrap_err().contains("2022-09-01"));
    }

    #[test]
    fn nothing_points_to_the_real_azure_but_the_audience() {
        let text = endpoints("https://localhost:1", "2022-09-01").unwrap().to_string();
        let text = text.replace("https://management.azure.com/", "");
        for word in ["azure.com", "windows.net", "microsoft"] {
            assert!(!text.replace("microsoftGraphResourceId", "").contains(word), "{word}: {text}");
        }
    }
}
