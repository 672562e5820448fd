//! How many nodes of each size run in each region: what quota is about.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::entry::Entry;

const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";
const POOL: &str = "Microsoft.ContainerService/managedClusters/agentPools";

/// Nodes by region and size, kept up to date with every cluster and pool that is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    clusters: BTreeMap<Arc<str>, Cluster>,
    /// By subscription and region.
    nodes: BTreeMap<String, BTreeMap<String, u64>>,
}

#[derive(Clone, Debug, Default)]
struct Cluster {
    location: Option<String>,
    pools: BTreeMap<String, Vec<(String, u64)>>,
}

impl Tally {
    /// The sizes that run in a region, named in lower case and without spaces, with how many nodes.
    pub(crate) fn of(
        &self,
        subscription: &str,
        location: &str,
    ) -> impl Iterator<Item = (&str, u64)> {
        let sizes = self.nodes.get(&place(subscription, location)).into_iter().flatten();
        sizes.map(|(size, count)| (size.as_str(), *count))
    }

    /// How many nodes of a size the cluster under a key has, if it stands.
    pub(crate) fn of_cluster(&self, key: &str, size: &str) -> u64 {
        let cluster = self.clusters.get(key).filter(|cluster| cluster.location.is_some());
        let pools = cluster.into_iter().flat_map(|cluster| cluster.pools.values().flatten());
        pools.filter(|(other, _)| other == size).map(|(_, count)| count).sum()
    }

    /// Takes in what now stands under a key.
    pub(crate) fn note(&mut self, key: &Arc<str>, kind: &str, entry: Option<&Entry>) {
        if kind.eq_ignore_ascii_case(CLUSTER) {
            let location = entry.map(|entry| {
                let subscription = entry.id.split('/').nth(2).unwrap_or_default();
                place(subscription, &location(entry))
            });
            self.change(key, |cluster| cluster.location = location);
        } else if kind.eq_ignore_ascii_case(POOL)
            && let Some((cluster, pool)) = key.split_once("/agentpools/")
        {
            let counted = entry.map(counted);
            self.change(&Arc::from(cluster), |cluster| match counted {
                Some(counted) => drop(cluster.pools.insert(pool.to_owned(), counted)),
                None => drop(cluster.pools.remove(pool)),
            });
        }
    }

    /// Changes a cluster: its nodes leave the sums, and come back as they are then.
    fn change(&mut self, key: &Arc<str>, change: impl FnOnce(&mut Cluster)) {
        let mut cluster = self.clusters.remove(key).unwrap_or_default();
        self.count(&cluster, u64::wrapping_sub);
        change(&mut cluster);
        self.count(&cluster, u64::wrapping_add);
        if cluster.location.is_some() || !cluster.pools.is_empty() {
            self.clusters.insert(Arc::clone(key), cluster);
        }
    }

    fn count(&mut self, cluster: &Cluster, sum: impl Fn(u64, u64) -> u64) {
        let Some(location) = &cluster.location else { return };
        let sizes = self.nodes.entry(location.clone()).or_default();
        for (size, count) in cluster.pools.values().flatten() {
            let nodes = sizes.entry(size.clone()).or_default();
            *nodes = sum(*nodes, *count);
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    location: Option<Cow<'a, str>>,
    #[serde(borrow)]
    properties: Properties<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties<'a> {
    #[serde(borrow)]
    vm_size: Option<Cow<'a, str>>,
    count: Option<u64>,
    #[serde(borrow)]
    virtual_machines_profile: Option<Machines<'a>>,
}

/// A pool of single machines lists them by size.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Machines<'a> {
    #[serde(borrow)]
    scale: Option<Scale<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scale<'a> {
    #[serde(borrow)]
    manual: Option<Vec<Part<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(borrow)]
    size: Option<Cow<'a, str>>,
    count: Option<u64>,
}

fn place(subscription: &str, location: &str) -> String {
    format!("{} {location}", subscription.to_ascii_lowercase())
}

fn location(entry: &Entry) -> String {
    let body: Body<'_> = serde_json::from_str(entry.text()).unwrap_or_default();
    body.location.unwrap_or_default().to_ascii_lowercase().replace(' ', "")
}

fn counted(entry: &Entry) -> Vec<(String, u64)> {
    let body: Body<'_> = serde_json::from_str(entry.text()).unwrap_or_default();
    let Properties { vm_size, count, virtual_machines_profile } = body.properties;
    let scale = virtual_machines_profile.unwrap_or_default().scale.unwrap_or_default();
    let of = |size: Option<Cow<'_, str>>, count: Option<u64>| {
        (size.unwrap_or_default().into_owned(), count.unwrap_or_default())
    };
    match scale.manual {
        Some(listed) if !listed.is_empty() => {
            listed.into_iter().map(|part| of(part.size, part.count)).collect()
        }
        _ => vec![of(vm_size, count)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_are_counted_in_whatever_order_they_come_and_go() {
        let cluster: Arc<str> = Arc::from("/subscriptions/s/c");
        let pool: Arc<str> = Arc::from("/subscriptions/s/c/agentpools/p");
        let body = json!({"location": "West Europe"});
        let stands = Entry::new("/subscriptions/s/c", CLUSTER, &body, 0, 0);
        let of = |count: u64| {
            let body = json!({"properties": {"vmSize": "Standard_D2s_v5", "count": count}});
            Entry::new("/subscriptions/s/c/agentPools/p", POOL, &body, 0, 0)
        };
        let mut tally = Tally::default();
        let sum = |tally: &Tally| tally.of("S", "westeurope").map(|(_, count)| count).sum::<u64>();
        tally.note(&pool, POOL, Some(&of(3)));
        assert_eq!(sum(&tally), 0);
        tally.note(&cluster, CLUSTER, Some(&stands));
        assert_eq!(sum(&tally), 3);
        tally.note(&pool, POOL, Some(&of(5)));
        assert_eq!(tally.of("S", "westeurope").collect::<Vec<_>>(), [("Standard_D2s_v5", 5)]);
        tally.note(&cluster, CLUSTER, None);
        assert_eq!(sum(&tally), 0);
        tally.note(&pool, POOL, None);
        assert!(tally.clusters.is_empty());
    }
}
