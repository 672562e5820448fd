"""The Python SDK's journey against `akstool sim serve`: create, get, scale, delete.

Takes the file with the server's invitation; prints one line a step, as clients.sh does.
"""

import json
import logging
import sys
import time

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.containerservice.models import (
    AgentPool,
    ContainerServiceNetworkProfile,
    ManagedCluster,
    ManagedClusterAgentPoolProfile,
    ManagedClusterIdentity,
)
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.network.models import AddressSpace, Subnet, VirtualNetwork
from azure.mgmt.resource.resources import ResourceManagementClient

GROUP, NET, CLUSTER = "by-sdk", "net", "sdk"


def main():
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    for name, step in journey(told):
        begun = time.monotonic()
        try:
            step()
            print(f"ok    {name} ({time.monotonic() - begun:.0f} s)", flush=True)
        except Exception as error:  # every failure is a verdict
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)


def credential(told, secret):
    return ClientSecretCredential(
        told["tenant"],
        told["clientId"],
        secret,
        authority=told["authority"],
        disable_instance_discovery=True,
    )


def journey(told):
    endpoint = told["endpoint"]
    where = {"base_url": endpoint, "credential_scopes": [endpoint + "/.default"]}
    who = credential(told, told["clientSecret"])
    resources = ResourceManagementClient(who, told["subscription"], **where)
    network = NetworkManagementClient(who, told["subscription"], **where)
    aks = ContainerServiceClient(who, told["subscription"], **where)
    stranger = ContainerServiceClient(credential(told, "wrong"), told["subscription"], **where)
    clusters, pools = aks.managed_clusters, aks.agent_pools

    def refused():
        try:
            list(stranger.managed_clusters.list())
        except ClientAuthenticationError as error:
            assert "AADSTS7000215" in str(error), error
        else:
            raise AssertionError("a wrong secret came in")

    def group():
        made = resources.resource_groups.create_or_update(GROUP, {"location": "westeurope"})
        assert made.name == GROUP, made

    def subnet():
        body = VirtualNetwork(
            location="westeurope",
            address_space=AddressSpace(address_prefixes=["10.20.0.0/16"]),
            subnets=[Subnet(name="nodes", address_prefix="10.20.1.0/24")],
        )
        made = network.virtual_networks.begin_create_or_update(GROUP, NET, body).result()
        assert made.provisioning_state == "Succeeded", made
        assert made.subnets[0].address_prefix == "10.20.1.0/24", made

    def create():
        in_subnet = network.subnets.get(GROUP, NET, "nodes").id
        pool = ManagedClusterAgentPoolProfile(
            name="system", mode="System", count=1, vm_size="Standard_D2s_v5", vnet_subnet_id=in_subnet
        )
        body = ManagedCluster(
            location="westeurope",
            dns_prefix=CLUSTER,
            identity=ManagedClusterIdentity(type="SystemAssigned"),
            agent_pool_profiles=[pool],
            network_profile=ContainerServiceNetworkProfile(
                network_plugin="azure", network_plugin_mode="overlay"
            ),
        )
        made = clusters.begin_create_or_update(GROUP, CLUSTER, body).result()
        assert made.provisioning_state == "Succeeded", made.provisioning_state

    def get():
        found = clusters.get(GROUP, CLUSTER)
        assert found.network_profile.network_plugin_mode == "overlay", found.network_profile
        assert found.fqdn and found.agent_pool_profiles[0].count == 1, found
        assert [one.name for one in clusters.list_by_resource_group(GROUP)] == [CLUSTER]

    def scale():
        pool = pools.get(GROUP, CLUSTER, "system")
        pool.count = 3
        scaled = pools.begin_create_or_update(GROUP, CLUSTER, "system", pool).result()
        assert scaled.count == 3, scaled
        assert clusters.get(GROUP, CLUSTER).agent_pool_profiles[0].count == 3

    def add():
        in_subnet = network.subnets.get(GROUP, NET, "nodes").id
        body = AgentPool(mode="User", count=1, vm_size="Standard_D2s_v5", vnet_subnet_id=in_subnet)
        added = pools.begin_create_or_update(GROUP, CLUSTER, "extra", body).result()
        assert added.provisioning_state == "Succeeded", added
        pools.begin_delete(GROUP, CLUSTER, "extra").result()
        assert [pool.name for pool in pools.list(GROUP, CLUSTER)] == ["system"]

    def kubeconfig():
        found = clusters.list_cluster_user_credentials(GROUP, CLUSTER).kubeconfigs[0]
        assert b"current-context" in bytes(found.value), found

    def impossible():
        try:
            clusters.begin_create_or_update(GROUP, "x", ManagedCluster(location="westeurope")).result()
        except HttpResponseError as error:
            assert error.status_code == 400, error
        else:
            raise AssertionError("a cluster without pools was made")

    def delete():
        clusters.begin_delete(GROUP, CLUSTER).result()
        try:
            clusters.get(GROUP, CLUSTER)
        except ResourceNotFoundError as error:
            assert error.error.code == "ResourceNotFound", error
        else:
            raise AssertionError("the cluster is still there")

    def clean():
        resources.resource_groups.begin_delete(GROUP).result()
        assert not resources.resource_groups.check_existence(GROUP)

    return [
        ("a wrong secret is refused", refused),
        ("a resource group", group),
        ("a network with a subnet", subnet),
        ("a cluster in it", create),
        ("get and list", get),
        ("scale a pool", scale),
        ("add and delete a pool", add),
        ("the kubeconfig", kubeconfig),
        ("what cannot be is refused", impossible),
        ("delete the cluster", delete),
        ("delete the group", clean),
    ]


if __name__ == "__main__":
    main()
