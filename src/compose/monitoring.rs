//! Where what a cluster says of itself is kept: a workspace, the rule of what is collected, and the
//! cluster's link to that.

use super::Story;
use crate::arm::id::ResourceId;
use crate::kind::{
    CollectionEndpoint, CollectionRule, Collects, Kind as _, LogWorkspace, Logs, MonitorWorkspace,
    Region, RuleLink,
};
use crate::profile::schema::{LogWorkspace as Wish, MonitorWorkspace as MetricsWish};

impl Story<'_> {
    /// Says where the logs go, and what of them.
    pub(super) fn logs(&mut self) {
        let Some(monitoring) = &self.profile.monitoring else { return };
        let Some(wish) = monitoring.log_workspace() else {
            self.monitored.logs = monitoring.logs.as_ref().map(|_| Logs::Off);
            return;
        };
        let Some((workspace, location)) = self.log_workspace(&wish) else { return };
        let rule = CollectionRule {
            // The name that Azure's own tools give it, and look for.
            id: self.id::<CollectionRule>(&self.rule_name("MSCI", 64)),
            location,
            tags: self.tags(),
            collects: Collects::Logs(workspace.clone()),
        };
        let rule = self.add(rule);
        self.monitored.rules.push((RuleLink::LOGS, rule));
        self.monitored.logs = Some(Logs::To(workspace.clone()));
        self.monitored.workspace = Some(workspace);
    }

    /// Says where the metrics go, and by which endpoint.
    pub(super) fn metrics(&mut self) {
        let Some(monitoring) = &self.profile.monitoring else { return };
        let Some(wish) = monitoring.monitor_workspace() else {
            self.monitored.metrics = monitoring.metrics.as_ref().map(|_| false);
            return;
        };
        let Some((workspace, location)) = self.monitor_workspace(&wish) else { return };
        let endpoint = CollectionEndpoint {
            id: self.id::<CollectionEndpoint>(&self.rule_name("MSProm", 44)),
            location: location.clone(),
            tags: self.tags(),
        };
        let endpoint = self.add(endpoint);
        let rule = CollectionRule {
            id: self.id::<CollectionRule>(&self.rule_name("MSProm", 64)),
            location,
            tags: self.tags(),
            collects: Collects::Metrics { workspace: workspace.clone(), endpoint },
        };
        let rule = self.add(rule);
        self.monitored.rules.push((RuleLink::METRICS, rule));
        self.monitored.metrics = Some(true);
        self.monitored.account = Some(workspace);
    }

    /// Makes the workspace of the metrics, or attaches the one that stands.
    fn monitor_workspace(&mut self, wish: &MetricsWish) -> Option<(ResourceId, Region)> {
        if let Some(id) = &wish.id {
            let id = self.existing::<MonitorWorkspace>(id)?;
            return Some((id.clone(), Region::Of(id)));
        }
        let own = MonitorWorkspace {
            id: self.named::<MonitorWorkspace>(wish.name.as_ref()),
            location: self.location(),
            tags: self.tags(),
        };
        Some((self.add(own), Region::Is(self.location())))
    }

    /// Makes the workspace, or attaches the one that stands; and returns where it is.
    fn log_workspace(&mut self, wish: &Wish) -> Option<(ResourceId, Region)> {
        if let Some(id) = &wish.id {
            let id = self.existing::<LogWorkspace>(id)?;
            return Some((id.clone(), Region::Of(id)));
        }
        let own = LogWorkspace {
            id: self.named::<LogWorkspace>(wish.name.as_ref()),
            location: self.location(),
            tags: self.tags(),
            retention_days: wish.retention_days,
        };
        Some((self.add_with(own, wish.properties.as_ref()), Region::Is(self.location())))
    }

    /// Links the cluster to its rules.
    pub(super) fn collected(&mut self) {
        let cluster = self.cluster_id();
        for (name, rule) in self.monitored.rules.clone() {
            self.add(RuleLink { id: cluster.resource(RuleLink::TYPE, name), rule });
        }
    }

    /// Returns the name of a rule or an endpoint, of which Azure takes so many characters, with a
    /// letter or digit last.
    fn rule_name(&self, start: &str, most: usize) -> String {
        let profile = self.profile;
        let whole = format!("{start}-{}-{}", profile.metadata.location, profile.cluster_name());
        let short: String = whole.chars().take(most).collect();
        short.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
    }
}
