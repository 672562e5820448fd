//! Where what a cluster says of itself is kept: a workspace, the rule of what is collected, and the
//! cluster's link to that.

use super::Story;
use super::monitored::Monitored;
use crate::arm::id::ResourceId;
use crate::kind::{CollectionRule, Kind as _, LogWorkspace, Logs, Region, RuleLink};
use crate::profile::schema::LogWorkspace as Wish;

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
            id: self.id::<CollectionRule>(&self.rule_name("MSCI")),
            location,
            tags: self.tags(),
            workspace: workspace.clone(),
        };
        let rule = Some(self.add(rule));
        let logs = Some(Logs::To(workspace.clone()));
        self.monitored = Monitored { logs, workspace: Some(workspace), rule };
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
        if let Some(rule) = self.monitored.rule.clone() {
            self.add(RuleLink { id: cluster.resource(RuleLink::TYPE, RuleLink::LOGS), rule });
        }
    }

    /// Returns the name of a rule, of which Azure takes 64 characters with a letter or digit last.
    fn rule_name(&self, start: &str) -> String {
        let profile = self.profile;
        let whole = format!("{start}-{}-{}", profile.metadata.location, profile.cluster_name());
        let short: String = whole.chars().take(64).collect();
        short.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
    }
}
