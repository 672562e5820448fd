//! Fields that are written without a value: what they do not take away.
//!
//! `null` and an empty list or map empty what can be emptied (labels, taints, endpoints). Elsewhere
//! they say as much as nothing, and who wrote them to be rid of something must be told.

use serde_json::Value;

use crate::kind::{AgentPool, Cluster, Kind as _};
use crate::plan::Observed;
use crate::profile::schema::Profile;

/// Says of each field without a value that it takes nothing away, where something stands.
pub fn without_value(profile: &Profile, blanks: &[String], observed: &Observed) -> Vec<String> {
    let body = |wanted: &dyn Fn(&str, &str) -> bool| {
        let mut all = observed.resources.iter();
        let found = all.find(|(id, _)| wanted(&id.resource_type(), id.name()));
        found.and_then(|(_, found)| found.body())
    };
    let Some(cluster) = body(&|kind, _| kind.eq_ignore_ascii_case(Cluster::TYPE)) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    let mut rest = Vec::new();
    for path in blanks {
        let tags = if path == "metadata.tags" {
            cluster.get("tags")
        } else {
            pool_of(profile, path).and_then(|name| {
                let pool = |kind: &str, found: &str| {
                    kind.eq_ignore_ascii_case(AgentPool::TYPE) && found == name
                };
                body(&pool)?.pointer("/properties/tags")
            })
        };
        match tags {
            Some(tags) => said.extend(kept(profile, path, tags)),
            None => rest.push(format!("`{path}`")),
        }
    }
    if let [first, ..] = rest.as_slice() {
        let (whose, is) = match rest.as_slice() {
            [_] => (first.clone(), "is written without a value, which is as if it were"),
            several => {
                (several.join(", "), "are written without a value, which is as if they were")
            }
        };
        said.push(format!("{whose} {is} not written: that alone takes nothing away in Azure"));
    }
    said
}

/// Returns the pool whose tags this path names.
fn pool_of<'p>(profile: &'p Profile, path: &str) -> Option<&'p str> {
    let index = path.strip_prefix("pools[")?.strip_suffix("].tags")?;
    Some(profile.pools.get(index.parse::<usize>().ok()?)?.name.as_str())
}

/// Names the tags that stay.
fn kept(profile: &Profile, path: &str, tags: &Value) -> Option<String> {
    let common = &profile.metadata.tags;
    let names = tags.as_object()?.keys();
    let names: Vec<String> = names
        .filter(|name| !name.starts_with("akstool-") && !common.contains_key(*name))
        .map(|name| format!("`{name}`"))
        .collect();
    let first = names.first()?.trim_matches('`').to_owned();
    let stay = if names.len() == 1 { "stays" } else { "stay" };
    Some(format!(
        "`{path}` names no tag and takes none away: {} {stay}; `{first}: null` takes it away",
        names.join(", ")
    ))
}
