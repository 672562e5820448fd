//! An existing network held against a profile.

use std::collections::BTreeMap;

use super::*;

#[test]
fn a_subnet_of_others_must_fit_the_way_out_and_belong_to_nobody() {
    let known = |subnet: SubnetFacts| {
        move |facts: &mut Facts| {
            let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/\
                      providers/Microsoft.Network/virtualNetworks/shared";
            let network = NetworkFacts {
                location: "westeurope".into(),
                ranges: vec!["10.0.0.0/16".parse().unwrap()],
                subnets: vec![subnet.clone()],
                ..NetworkFacts::default()
            };
            facts.subscription_id = "00000000-0000-0000-0000-000000000000".into();
            facts.networks =
                BTreeMap::from([(ResourceId::parse(id).unwrap(), Read::Got(Some(network)))]);
        }
    };
    let plain = SubnetFacts {
        name: "aks".into(),
        ranges: vec!["10.0.4.0/24".parse().unwrap()],
        ..SubnetFacts::default()
    };
    assert_eq!(says("existing-vnet", &[], Area::Network, known(plain.clone())), [""; 0]);
    let delegated =
        SubnetFacts { delegations: vec!["Microsoft.Web/serverFarms".into()], ..plain.clone() };
    assert_eq!(
        says("existing-vnet", &[], Area::Network, known(delegated)),
        ["error: Subnet `aks` is delegated to `Microsoft.Web/serverFarms`."]
    );
    let full = SubnetFacts { used: Some(250), ..plain.clone() };
    let said = says("existing-vnet", &[], Area::Network, known(full));
    assert!(said[0].contains(" too few: the subnet `nodes` 10.0.4.0/24 must hold "), "{said:?}");
    let natted = ["network.outbound.type=userAssignedNATGateway"];
    let said = says("existing-vnet", &natted, Area::Network, known(plain.clone()));
    assert_eq!(said, ["error: Subnet `aks` has no NAT gateway, and traffic leaves by one."]);
    let elsewhere = SubnetFacts { name: "another".into(), ..plain };
    let said = says("existing-vnet", &[], Area::Network, known(elsewhere));
    assert!(
        said[0].starts_with("error: Subnet `/subscriptions/")
            && said[0].ends_with("does not exist.")
    );
}
