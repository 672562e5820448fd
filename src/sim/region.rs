//! The regions there are, and how their names are read.

use super::error::Refusal;

/// A region.
#[derive(Debug)]
pub(crate) struct Location {
    /// `westeurope`.
    pub(crate) name: &'static str,
    pub(crate) display: &'static str,
}

const fn location(name: &'static str, display: &'static str) -> Location {
    Location { name, display }
}

/// The regions, in the order of the recorded `LocationNotAvailableForResourceGroup` and with the
/// test regions AKS is recorded in.
pub(crate) const LOCATIONS: &[Location] = &[
    location("centralus", "Central US"),
    location("eastasia", "East Asia"),
    location("southeastasia", "Southeast Asia"),
    location("eastus", "East US"),
    location("eastus2", "East US 2"),
    location("westus", "West US"),
    location("westus2", "West US 2"),
    location("northcentralus", "North Central US"),
    location("southcentralus", "South Central US"),
    location("westcentralus", "West Central US"),
    location("northeurope", "North Europe"),
    location("westeurope", "West Europe"),
    location("japaneast", "Japan East"),
    location("japanwest", "Japan West"),
    location("brazilsouth", "Brazil South"),
    location("australiasoutheast", "Australia Southeast"),
    location("australiaeast", "Australia East"),
    location("westindia", "West India"),
    location("southindia", "South India"),
    location("centralindia", "Central India"),
    location("canadacentral", "Canada Central"),
    location("canadaeast", "Canada East"),
    location("uksouth", "UK South"),
    location("ukwest", "UK West"),
    location("koreacentral", "Korea Central"),
    location("koreasouth", "Korea South"),
    location("francecentral", "France Central"),
    location("southafricanorth", "South Africa North"),
    location("uaenorth", "UAE North"),
    location("australiacentral", "Australia Central"),
    location("switzerlandnorth", "Switzerland North"),
    location("germanywestcentral", "Germany West Central"),
    location("norwayeast", "Norway East"),
    location("jioindiawest", "Jio India West"),
    location("westus3", "West US 3"),
    location("swedencentral", "Sweden Central"),
    location("qatarcentral", "Qatar Central"),
    location("polandcentral", "Poland Central"),
    location("italynorth", "Italy North"),
    location("israelcentral", "Israel Central"),
    location("spaincentral", "Spain Central"),
    location("mexicocentral", "Mexico Central"),
    location("newzealandnorth", "New Zealand North"),
    location("australiacentral2", "Australia Central 2"),
    location("eastus2euap", "East US 2 EUAP"),
    location("centraluseuap", "Central US EUAP"),
];

/// The short form of a region's name.
pub(crate) fn plain(location: &str) -> String {
    location.to_ascii_lowercase().replace(' ', "")
}

/// What a PUT without a region is told.
pub(crate) fn location_required() -> Refusal {
    Refusal::arm(400, "LocationRequired", "The location property is required for this definition.")
}

/// Refuses a region that is missing or unknown.
pub(crate) fn check_location(kind: &str, location: Option<&str>) -> Result<(), Refusal> {
    if kind.starts_with("Microsoft.Network/privateDnsZones") {
        // Private DNS stands in no region, and its provider says so.
        return location.filter(|one| !one.is_empty()).map(|_| ()).ok_or_else(location_required);
    }
    let Some(location) = location.filter(|location| !location.is_empty()) else {
        return Err(location_required());
    };
    if LOCATIONS.iter().any(|known| known.name == plain(location)) {
        return Ok(());
    }
    let names: Vec<&str> = LOCATIONS.iter().map(|known| known.name).collect();
    Err(Refusal::arm(
        400,
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{location}' is not available for resource type '{kind}'. List \
             of available regions for the resource type is '{}'.",
            names.join(",")
        ),
    ))
}
