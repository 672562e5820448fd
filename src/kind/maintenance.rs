//! Maintenance configurations: when Azure may work on a cluster by itself.

use serde_json::{Value, json};

use super::{Claim, Kind, Listed, Pace, Removal, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Folded, Rule, Unordered, Whole};

/// One window of a cluster; what it is for, its name says.
#[derive(Clone, Debug)]
pub struct MaintenanceWindow {
    /// The id.
    pub id: ResourceId,
    /// When it is.
    pub properties: Value,
}

impl Kind for MaintenanceWindow {
    const TYPE: &'static str =
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations";
    const API: ApiVersion = ApiVersion::new("2025-10-01");
    const RULES: &'static [Rule] = &[
        Folded("properties.timeInWeek[].day"),
        Unordered("properties.timeInWeek[].hourSlots"),
        // A window that came every week and now comes every month comes not every week as well.
        Whole("properties.maintenanceWindow.schedule"),
        Folded("properties.maintenanceWindow.schedule.weekly.dayOfWeek"),
        Folded("properties.maintenanceWindow.schedule.relativeMonthly.dayOfWeek"),
        Folded("properties.maintenanceWindow.schedule.relativeMonthly.weekIndex"),
    ];
    const TRAITS: Traits = Traits {
        noun: "maintenance window",
        command: "aks maintenanceconfiguration",
        wants: "",
        pattern: None,
        // Synchronous (`ext-aks_maintenancewindow`).
        pace: Pace::even(2, 3, 300),
        removal: Removal::WithParent,
        // Its names are AKS's: what another hand made under one is taken over, and no more.
        claim: Claim::Within(Some(Listed {
            tag: "akstool-windows",
            list: "maintenanceConfigurations",
        })),
        items: None,
        inline: None,
        is_missed: false,
        etag: None,
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({ "properties": self.properties }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}
