//! A node pool, by the fields of the profile.

use serde_json::{Map, Value, json};

use super::body::{Unsayable, text};
use super::network::Subnets;
use super::rest;

pub(super) fn pool(pool: &Value, subnets: &Subnets) -> Result<Value, Unsayable> {
    let name = text(pool, "/name").unwrap_or_default();
    let inner = text(pool, "/virtualMachinesProfile/scale/manual/0/size");
    let size = text(pool, "/vmSize").or(inner);
    let size = size.ok_or_else(|| Unsayable::NoSize(name.to_owned()))?;
    let mut said =
        Map::from_iter([("name".to_owned(), json!(name)), ("vmSize".to_owned(), json!(size))]);
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(name.to_owned(), value);
        }
    };
    let any = |at: &str| pool.get(at).filter(|value| !value.is_null()).cloned();
    let full = |at: &str| any(at).filter(|v| v.as_array().is_none_or(|list| !list.is_empty()));
    let yes = |at: &str| pool.get(at).and_then(Value::as_bool).unwrap_or(false);
    put("mode", Some(json!(if text(pool, "/mode") == Some("System") { "system" } else { "user" })));
    if yes("enableAutoScaling") {
        put("autoscale", Some(json!({ "min": pool["minCount"], "max": pool["maxCount"] })));
    } else {
        put("count", any("count"));
    }
    put("maxPods", any("maxPods"));
    put("zones", full("availabilityZones"));
    put("labels", own(pool.get("nodeLabels")));
    put("taints", taints(pool));
    put("tags", own(pool.get("tags")));
    let windows = text(pool, "/osType").is_some_and(|os| os.eq_ignore_ascii_case("Windows"));
    put("osType", windows.then(|| json!("windows")));
    put("osSku", any("osSKU"));
    let disk = any("osDiskSizeGB").filter(|size| size.as_u64().is_some_and(|size| size > 0));
    put("osDiskSizeGB", disk);
    let kind = text(pool, "/osDiskType").map(|kind| json!(kind.to_lowercase()));
    put("osDiskType", kind);
    let disk = text(pool, "/kubeletDiskType").filter(|disk| !disk.eq_ignore_ascii_case("OS"));
    put("kubeletDiskType", disk.map(|disk| json!(disk.to_lowercase())));
    put("encryptionAtHost", yes("enableEncryptionAtHost").then_some(json!(true)));
    let down = text(pool, "/scaleDownMode").filter(|mode| !mode.eq_ignore_ascii_case("Delete"));
    put("scaleDownMode", down.map(|mode| json!(mode.to_lowercase())));
    put("nodePublicIP", yes("enableNodePublicIP").then_some(json!(true)));
    put("spot", spot(pool));
    upgrade(pool, &mut put);
    let subnet = subnets.key(text(pool, "/vnetSubnetID"), "nodes");
    put("subnet", subnet.map(|key| json!(key)));
    let pods = subnets.key(text(pool, "/podSubnetID"), "pods");
    put("podSubnet", pods.map(|key| json!(key)));
    put("properties", rest::pool(pool));
    Ok(Value::Object(said))
}

fn upgrade(pool: &Value, put: &mut impl FnMut(&str, Option<Value>)) {
    let missing = text(pool, "/upgradeSettings/maxUnavailable").filter(|nodes| *nodes != "0");
    // With nodes missing instead none is added, whether anybody says so or not.
    let usual = if missing.is_some() { "0" } else { "10%" };
    let surge = text(pool, "/upgradeSettings/maxSurge").filter(|surge| *surge != usual);
    put("maxSurge", surge.map(|surge| json!(surge)));
    put("maxUnavailable", missing.map(|nodes| json!(nodes)));
    let minutes = |name: &str| {
        let minutes = pool.pointer(&format!("/upgradeSettings/{name}"));
        minutes.filter(|minutes| minutes.as_u64() > Some(0)).cloned()
    };
    put("drainTimeoutMinutes", minutes("drainTimeoutInMinutes"));
    put("nodeSoakMinutes", minutes("nodeSoakDurationInMinutes"));
    let stuck = text(pool, "/upgradeSettings/undrainableNodeBehavior");
    put("undrainableNodes", stuck.map(|stuck| json!(stuck.to_lowercase())));
}

/// Returns labels or tags without those that Azure sets by itself.
fn own(all: Option<&Value>) -> Option<Value> {
    let own = |(name, _): &(&String, &Value)| {
        !name.starts_with("kubernetes.azure.com/") && !name.starts_with("akstool-")
    };
    let kept = all?.as_object()?.iter().filter(own);
    let kept: Map<String, Value> =
        kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}

fn taints(pool: &Value) -> Option<Value> {
    let all = pool.get("nodeTaints")?.as_array()?.iter().filter_map(Value::as_str);
    let own: Vec<&str> = all.filter(|taint| !taint.starts_with("kubernetes.azure.com/")).collect();
    (!own.is_empty()).then(|| json!(own))
}

fn spot(pool: &Value) -> Option<Value> {
    text(pool, "/scaleSetPriority").filter(|one| *one == "Spot")?;
    let mut spot = Map::new();
    if text(pool, "/scaleSetEvictionPolicy") == Some("Deallocate") {
        spot.insert("deleteOnEviction".into(), json!(false));
    }
    let price = pool.get("spotMaxPrice").filter(|price| price.as_f64().is_some_and(|p| p > 0.0));
    price.map(|price| spot.insert("maxPrice".into(), price.clone()));
    Some(Value::Object(spot))
}
