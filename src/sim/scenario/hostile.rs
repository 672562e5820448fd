//! Whatever is sent, an answer comes back, and a refusal has a code.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;

fn path() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("subscriptions".to_owned()),
        Just(SUBSCRIPTION.to_owned()),
        Just("resourceGroups".to_owned()),
        Just("g".to_owned()),
        Just("providers".to_owned()),
        Just("Microsoft.Network".to_owned()),
        Just("Microsoft.ContainerService".to_owned()),
        Just("Microsoft.Authorization".to_owned()),
        Just("virtualNetworks".to_owned()),
        Just("subnets".to_owned()),
        Just("managedClusters".to_owned()),
        Just("agentPools".to_owned()),
        Just("roleAssignments".to_owned()),
        Just("locations".to_owned()),
        Just("operations".to_owned()),
        "[a-zA-Z0-9%._é-]{0,8}",
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| format!("/{}", words.join("/")))
}

/// A path that exists, so that the body is looked at.
fn known() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(GROUP.to_owned()),
        Just(VNET.to_owned()),
        Just(SUBNET.to_owned()),
        Just(TABLE.to_owned()),
        Just(format!("{TABLE}/routes/r")),
        Just(CLUSTER.to_owned()),
        Just(format!("{CLUSTER}/agentPools/p")),
        Just(format!("{VNET}/virtualNetworkPeerings/p")),
        Just(IDENTITY.to_owned()),
        Just(format!("{GROUP}/providers/Microsoft.Network/natGateways/n")),
        Just(format!("{GROUP}/providers/Microsoft.Network/publicIPAddresses/n")),
        Just(format!("{GROUP}/providers/Microsoft.Network/networkSecurityGroups/n")),
        Just(format!(
            "{VNET}/providers/Microsoft.Authorization/roleAssignments/00000001-0000-0000-0000-000000000000"
        )),
    ]
}

fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(VNET)),
        Just(json!("westeurope")),
        Just(json!("10.0.0.0/16")),
        Just(json!("fd00::/48")),
        Just(json!("kubenet")),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("properties"),
        Just("location"),
        Just("tags"),
        Just("identity"),
        Just("name"),
        Just("sku"),
        Just("addressSpace"),
        Just("addressPrefixes"),
        Just("addressPrefix"),
        Just("subnets"),
        Just("agentPoolProfiles"),
        Just("networkProfile"),
        Just("networkPlugin"),
        Just("podCidr"),
        Just("serviceCidr"),
        Just("dnsPrefix"),
        Just("count"),
        Just("maxPods"),
        Just("vmSize"),
        Just("vnetSubnetID"),
        Just("routes"),
        Just("type"),
        Just("userAssignedIdentities"),
        Just("id"),
        Just("remoteVirtualNetwork"),
        Just("principalId"),
        Just("httpProxyConfig"),
        Just("mode"),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn method() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("GET"),
        Just("PUT"),
        Just("PATCH"),
        Just("DELETE"),
        Just("POST"),
        Just("HEAD"),
        Just("BREW")
    ]
}

/// Lays what is asked on a body that would do, so that the checks further in are met too.
fn on_a_good_one(path: &str, body: &Value) -> Value {
    let mut good = json!({"location": "westeurope", "properties": {}});
    if path == CLUSTER {
        good["properties"] = json!({"dnsPrefix": "c", "agentPoolProfiles": [{"name": "p", "mode": "System", "count": 1}]});
    } else if path == VNET {
        good["properties"] = json!({"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}});
    }
    super::body::merge(&mut good, body);
    good
}

async fn ask(world: &World, method: &str, path: &str, body: Vec<u8>) -> Result<(), TestCaseError> {
    let joined = format!("{path}?api-version={}", api(path));
    let call = Call { method: method.to_owned(), path: joined, body, ..Call::default() };
    let reply = world.sim.answer(call).await;
    prop_assert!((200..500).contains(&reply.status), "{} {:?}", reply.status, reply.body);
    if reply.status >= 400 && method != "HEAD" {
        let body = reply.body.unwrap_or_default();
        prop_assert!(body.pointer("/error/code").or(body.get("code")).is_some(), "{body}");
    }
    Ok(())
}

/// Wherever a write panics, nothing of it stays, in memory and in the file.
#[tokio::test(start_paused = true)]
async fn a_panic_leaves_the_world_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for state in [None, Some(folder.path().join("sim.json"))] {
        let options = Options { state: state.clone(), speed: Speed::Max, ..Options::default() };
        let world = World { sim: Sim::open(options.clone()).unwrap() };
        world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
        let before = world.sim.resources().unwrap();
        let body = json!({"location": "westeurope", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/16"}}],
        }});
        let mut broken = 0;
        while broken < 100 {
            // No number is left for what would be generated after so many.
            world.sim.desk().world.counter = u64::MAX - broken;
            let call = AssertUnwindSafe(world.call("PUT", VNET, api(VNET), body.clone()));
            if call.catch_unwind().await.is_ok() {
                break;
            }
            broken += 1;
            assert_eq!(world.sim.resources().unwrap(), before);
            let read = Sim::open(options.clone()).unwrap().resources().unwrap();
            assert!(state.is_none() || read == before);
        }
        assert!((3..100).contains(&broken), "{broken}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_path_gets_an_answer(path in path(), method in method(), body in body()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            ask(&world, method, &path, body.to_string().into_bytes()).await
        })?;
    }

    #[test]
    fn every_body_gets_an_answer(calls in proptest::collection::vec((known(), method(), body(), any::<bool>()), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
            for (path, method, body, whole) in calls {
                let body = if whole { body } else { on_a_good_one(&path, &body) };
                ask(&world, method, &path, body.to_string().into_bytes()).await?;
                tokio::time::sleep(Duration::from_hours(1)).await;
            }
            world.sim.resources().unwrap();
            Ok::<(), TestCaseError>(())
        })?;
    }
}
