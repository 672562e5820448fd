//! Which Kubernetes version `latest` and `latest-1` stand for, in a region, today.

use serde_json::Value;

use super::context::Azure;
use super::error::Error;
use crate::arm::body::ApiVersion;
use crate::arm::{ResourceId, request::Method, request::Request};

/// The version in which AKS lists its versions: the one its clusters are written in.
const API: ApiVersion = ApiVersion::new("2025-10-01");

/// Asks Azure what it offers in a region and returns the minor version behind an alias.
pub(crate) async fn resolve(azure: &Azure, location: &str, alias: &str) -> Result<String, Error> {
    let subscription = ResourceId::subscription(&azure.subscription);
    let path =
        format!("/providers/Microsoft.ContainerService/locations/{location}/kubernetesVersions");
    let answer = azure.arm.send(Request::new(Method::Get, &subscription, &path, &API)).await?;
    let behind = alias.rsplit_once('-').and_then(|(_, steps)| steps.parse().ok()).unwrap_or(0);
    newest(&answer.body, behind).ok_or_else(|| {
        Error::usage(
            format!("`{location}` offers no version for `{alias}`"),
            "`az aks get-versions --location REGION -o table` lists what is offered",
        )
    })
}

/// Returns the newest minor version on general offer, or the one so many minors behind it.
fn newest(answer: &Value, behind: usize) -> Option<String> {
    let mut minors: Vec<(u32, u32)> = answer
        .get("values")?
        .as_array()?
        .iter()
        .filter(|value| value.get("isPreview").and_then(Value::as_bool) != Some(true))
        .filter(|value| is_for_everyone(value))
        .filter_map(|value| parse(value.get("version")?.as_str()?))
        .collect();
    minors.sort_unstable();
    minors.dedup();
    let (major, minor) = minors.iter().rev().nth(behind)?;
    Some(format!("{major}.{minor}"))
}

/// Tells whether a version comes with the ordinary support plan, or says nothing of plans.
fn is_for_everyone(value: &Value) -> bool {
    let plans = value.pointer("/capabilities/supportPlan").and_then(Value::as_array);
    plans.is_none_or(|plans| plans.iter().any(|plan| plan == "KubernetesOfficial"))
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn previews_and_long_term_versions_are_not_the_latest() {
        let offered = json!({ "values": [
            { "version": "1.35", "isPreview": true },
            { "version": "1.9" },
            { "version": "1.34", "capabilities": { "supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"] } },
            { "version": "1.30", "capabilities": { "supportPlan": ["AKSLongTermSupport"] } },
            { "version": "1.33" } ] });
        assert_eq!(newest(&offered, 0).as_deref(), Some("1.34"));
        assert_eq!(newest(&offered, 1).as_deref(), Some("1.33"));
        assert_eq!(newest(&offered, 9), None);
        assert_eq!(newest(&json!({}), 0), None);
    }
}
