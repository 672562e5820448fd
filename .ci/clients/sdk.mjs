// The JavaScript SDK's journey against `akstool sim serve`: create, list page by page, update, follow
// an operation, delete.
//
// Takes the file with the server's invitation; prints one line a step, as clients.sh does. The
// server's certificate comes by NODE_EXTRA_CA_CERTS.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { NetworkManagementClient } from "@azure/arm-network";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ClientSecretCredential } from "@azure/identity";

const told = JSON.parse(readFileSync(process.argv[2], "utf8"));
const GROUP = "by-js", NET = "net", CLUSTER = "js";
const where = { endpoint: told.endpoint, credentialScopes: [`${told.endpoint}/.default`] };

function credential(secret) {
  const options = { authorityHost: told.authority, disableInstanceDiscovery: true };
  return new ClientSecretCredential(told.tenant, told.clientId, secret, options);
}

const who = credential(told.clientSecret);
const resources = new ResourceManagementClient(who, told.subscription, where);
const network = new NetworkManagementClient(who, told.subscription, where);
const identities = new ManagedServiceIdentityClient(who, told.subscription, where);
const aks = new ContainerServiceClient(who, told.subscription, where);
const { managedClusters: clusters, agentPools: pools } = aks;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

const names = (list) => list.map((one) => one.name).sort();

let identity, subnet;
const journey = {
  "a wrong secret is refused": async () => {
    const stranger = new ContainerServiceClient(credential("wrong"), told.subscription, where);
    await assert.rejects(all(stranger.managedClusters.list()), /AADSTS7000215/);
  },
  "a resource group": async () => {
    const made = await resources.resourceGroups.createOrUpdate(GROUP, { location: "westeurope" });
    assert.equal(made.name, GROUP);
    assert.ok(names(await all(resources.resourceGroups.list())).includes(GROUP));
  },
  "a network of many parts": async () => {
    const table = await network.routeTables.beginCreateOrUpdateAndWait(GROUP, "routes", {
      location: "westeurope",
      routes: [{ name: "in", addressPrefix: "10.99.0.0/16", nextHopType: "VnetLocal" }],
    });
    const guard = await network.networkSecurityGroups.beginCreateOrUpdateAndWait(GROUP, "guard", {
      location: "westeurope",
      securityRules: [{
        name: "https", protocol: "Tcp", access: "Allow", direction: "Inbound", priority: 200,
        sourceAddressPrefix: "*", sourcePortRange: "*",
        destinationAddressPrefix: "*", destinationPortRange: "443",
      }],
    });
    assert.ok(guard.defaultSecurityRules.length >= 6, "Azure's own rules");
    const made = await network.virtualNetworks.beginCreateOrUpdateAndWait(GROUP, NET, {
      location: "westeurope",
      addressSpace: { addressPrefixes: ["10.40.0.0/16"] },
      subnets: [{
        name: "nodes", addressPrefix: "10.40.1.0/24",
        routeTable: { id: table.id }, networkSecurityGroup: { id: guard.id },
      }],
    });
    assert.equal(made.provisioningState, "Succeeded");
    subnet = await network.subnets.get(GROUP, NET, "nodes");
    assert.equal(subnet.addressPrefix ?? subnet.addressPrefixes[0], "10.40.1.0/24");
    assert.equal(subnet.routeTable.id, table.id);
  },
  "a way out": async () => {
    const address = await network.publicIPAddresses.beginCreateOrUpdateAndWait(GROUP, "out", {
      location: "westeurope", sku: { name: "Standard" }, publicIPAllocationMethod: "Static",
    });
    assert.match(address.ipAddress, /^\d+\./);
    const gateway = await network.natGateways.beginCreateOrUpdateAndWait(GROUP, "gateway", {
      location: "westeurope", sku: { name: "Standard" }, publicIpAddresses: [{ id: address.id }],
    });
    assert.equal(gateway.provisioningState, "Succeeded");
    const held = await network.publicIPAddresses.get(GROUP, "out");
    assert.equal(held.natGateway.id, gateway.id);
    subnet = await network.subnets.beginCreateOrUpdateAndWait(GROUP, NET, "nodes", {
      ...subnet, natGateway: { id: gateway.id },
    });
    assert.equal(subnet.natGateway.id, gateway.id);
  },
  "an identity": async () => {
    identity = await identities.userAssignedIdentities.createOrUpdate(GROUP, "who", {
      location: "westeurope",
    });
    assert.match(identity.principalId, /^[0-9a-f-]{36}$/);
    const found = await all(identities.userAssignedIdentities.listByResourceGroup(GROUP));
    assert.deepEqual(names(found), ["who"]);
  },
  "a right of the identity": async () => {
    const role = "4d97b98b-1d4f-4787-a291-c67834d212e7"; // Network Contributor
    const id = `${subnet.id}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const given = await resources.resources.beginCreateOrUpdateByIdAndWait(id, "2022-04-01", {
      properties: {
        roleDefinitionId:
          `/subscriptions/${told.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId: identity.principalId,
        principalType: "ServicePrincipal",
      },
    });
    assert.equal(given.properties.principalId, identity.principalId);
  },
  "a cluster with it": async () => {
    const made = await clusters.createOrUpdate(GROUP, CLUSTER, {
      location: "westeurope",
      dnsPrefix: CLUSTER,
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id]: {} } },
      agentPoolProfiles: [{
        name: "system", mode: "System", count: 2, vmSize: "Standard_D2s_v5", vnetSubnetID: subnet.id,
      }],
      networkProfile: {
        networkPlugin: "azure", networkPluginMode: "overlay", outboundType: "userAssignedNATGateway",
      },
    });
    assert.equal(made.provisioningState, "Succeeded");
    assert.equal(made.networkProfile.podCidr, "10.244.0.0/16");
    assert.equal(made.agentPoolProfiles[0].count, 2);
  },
  "an operation followed step by step": async () => {
    let polls = 0;
    const poller = pools.createOrUpdate(GROUP, CLUSTER, "extra", {
      count: 1, vmSize: "Standard_D2s_v5", mode: "User", vnetSubnetID: subnet.id,
      nodeTaints: ["work=batch:NoSchedule"], nodeLabels: { work: "batch" },
    });
    poller.onProgress?.(() => { polls += 1; });
    const made = await poller.pollUntilDone();
    assert.equal(made.provisioningState, "Succeeded");
    assert.deepEqual(made.nodeTaints, ["work=batch:NoSchedule"]);
    assert.ok(polls > 0, "it was polled");
    assert.deepEqual(names(await all(pools.list(GROUP, CLUSTER))), ["extra", "system"]);
  },
  "an update of the pool": async () => {
    const pool = await pools.get(GROUP, CLUSTER, "extra");
    const scaled = await pools.createOrUpdate(GROUP, CLUSTER, "extra", { ...pool, count: 3 });
    assert.equal(scaled.count, 3);
    const whole = await clusters.get(GROUP, CLUSTER);
    assert.equal(whole.agentPoolProfiles.find((one) => one.name === "extra").count, 3);
  },
  "an update of the tags": async () => {
    const tagged = await clusters.updateTags(GROUP, CLUSTER, { tags: { team: "platform" } });
    assert.deepEqual(tagged.tags, { team: "platform" });
    const table = await network.routeTables.updateTags(GROUP, "routes", { tags: { a: "b" } });
    assert.deepEqual(table.tags, { a: "b" });
    assert.equal(table.routes.length, 1);
  },
  "a list of several pages": async () => {
    const each = Array.from({ length: 12 }, (_, i) => `table-${i}`);
    await Promise.all(each.map((name) =>
      network.routeTables.beginCreateOrUpdateAndWait(GROUP, name, { location: "westeurope" })));
    const listed = names(await all(network.routeTables.list(GROUP)));
    assert.deepEqual(listed, [...each, "routes"].sort());
    const seen = [];
    const pages = resources.resources.listByResourceGroup(GROUP, { top: 5 }).byPage();
    for await (const page of pages) {
      assert.ok(page.length <= 5, `a page of ${page.length}`);
      seen.push(...page);
    }
    assert.ok(seen.length >= 18, `${seen.length} in all`);
    assert.equal(new Set(seen.map((one) => one.id.toLowerCase())).size, seen.length);
    await Promise.all(each.map((name) => network.routeTables.beginDeleteAndWait(GROUP, name)));
  },
  "versions, upgrades and credentials": async () => {
    const versions = await clusters.listKubernetesVersions("westeurope");
    assert.ok(versions.values.length > 1);
    const upgrades = await clusters.getUpgradeProfile(GROUP, CLUSTER);
    assert.ok(upgrades.controlPlaneProfile.kubernetesVersion);
    const pool = await pools.getUpgradeProfile(GROUP, CLUSTER, "system");
    assert.equal(pool.osType, "Linux");
    const files = await clusters.listClusterUserCredentials(GROUP, CLUSTER);
    assert.match(Buffer.from(files.kubeconfigs[0].value).toString(), /current-context/);
  },
  "stop and start": async () => {
    await clusters.stop(GROUP, CLUSTER);
    assert.equal((await clusters.get(GROUP, CLUSTER)).powerState.code, "Stopped");
    await clusters.start(GROUP, CLUSTER);
    assert.equal((await clusters.get(GROUP, CLUSTER)).powerState.code, "Running");
  },
  "what cannot be is refused": async () => {
    const wrong = clusters.createOrUpdate(GROUP, "x", { location: "westeurope" });
    await assert.rejects(wrong.pollUntilDone(), (error) => error.statusCode === 400);
    const used = network.subnets.beginDeleteAndWait(GROUP, NET, "nodes");
    await assert.rejects(used, (error) => error.code.startsWith("InUse"));
    await assert.rejects(clusters.get(GROUP, "two"), (error) => error.code === "ResourceNotFound");
  },
  "the pool and the cluster go": async () => {
    await pools.delete(GROUP, CLUSTER, "extra");
    assert.deepEqual(names(await all(pools.list(GROUP, CLUSTER))), ["system"]);
    await clusters.delete(GROUP, CLUSTER);
    await assert.rejects(clusters.get(GROUP, CLUSTER), (error) => error.statusCode === 404);
  },
  "the group goes": async () => {
    await resources.resourceGroups.beginDeleteAndWait(GROUP);
    assert.ok(!names(await all(resources.resourceGroups.list())).includes(GROUP));
  },
};

for (const [name, step] of Object.entries(journey)) {
  const begun = Date.now();
  try {
    await step();
    console.log(`ok    ${name} (${Math.round((Date.now() - begun) / 1000)} s)`);
  } catch (error) {
    console.log(`FAIL  ${name}: ${error.name}: ${error.message}`);
  }
}
