//! References of the profile, filled in, and what it has beside its sections.

use serde_json::Value;

use super::Story;
use super::any;

impl Story<'_> {
    /// Fills in references, now that all that they may name is there, and adds what the profile has
    /// beside its sections.
    pub(super) fn whole_resources(&mut self) {
        let named = self.named_parts();
        let (profile, tags) = (self.profile, self.tags());
        for resource in &mut self.resources {
            if let Some(properties) = resource.body.value_mut().get_mut("properties") {
                *properties = named.resolved(properties);
            }
        }
        for one in &profile.resources {
            let Some(id) = named.id(one, &self.group) else { continue };
            let body = named.resolved(&Value::Object(one.body.0.clone()));
            self.push(any::resource(id, one, body, &tags));
        }
    }

    pub(super) fn named_parts(&self) -> any::Named {
        let mut named = any::Named::default();
        named.add("group", &self.group);
        named.add("cluster", &self.cluster_id());
        let group = self.security_group.as_ref().or(self.own_group.as_ref());
        let parts = [
            ("identity", self.identity.as_ref()),
            ("vnet", self.network.as_ref()),
            ("routeTable", self.route_table.as_ref()),
            ("securityGroup", group),
            ("natGateway", self.nat_gateway.as_ref()),
            ("registry", self.registry.as_ref()),
            ("logs", self.monitored.workspace.as_ref()),
            ("metrics", self.monitored.account.as_ref()),
        ];
        for (head, id) in parts {
            if let Some(id) = id {
                named.add(head, id);
            }
        }
        for (key, id) in &self.subnets {
            named.add(format!("subnets.{key}"), id);
        }
        for pool in &self.profile.pools {
            let id = self.cluster_id().child("agentPools", &pool.name);
            named.add(format!("pools.{}", pool.own_name()), &id);
        }
        // What lies on another of them is known once that is.
        for _ in &self.profile.resources {
            for one in &self.profile.resources {
                if let Some(id) = named.id(one, &self.group) {
                    named.add(format!("resources.{}", one.name), &id);
                }
            }
        }
        named
    }
}
