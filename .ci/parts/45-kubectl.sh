#!/usr/bin/env bash
# kubectl against the served embedded Azure: the network models, seen from the inside of a cluster
set -euo pipefail
program=target/release/akstool
[ -x "$program" ] || program=${AKSTOOL:-target/debug/akstool}
program=$(realpath "$program")
if ! command -v kubectl >/dev/null; then
  .ci/debian kubernetes-client || { echo "skipped: there is no kubectl"; exit 0; }
fi

work=$(mktemp -d "${WORK:-/tmp}/kubectl.XXXXXX")
server=
finish() {
  [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }
  rm -rf "$work"
}
trap finish EXIT
export HOME="$work" AKSTOOL_SIM_STATE="$work/world.json" NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset KUBECONFIG AKSTOOL_CLOUD
"$program" sim serve --listen 127.0.0.1:0 --sim-speed max -o json >"$work/invitation" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
  [ -s "$work/invitation" ] && break
  sleep 0.1
done
told() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/invitation" "$1"; }
export SSL_CERT_FILE AZURE_AUTHORITY_HOST AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_SUBSCRIPTION_ID
SSL_CERT_FILE=$(told caFile) AZURE_AUTHORITY_HOST=$(told authority) AZURE_TENANT_ID=$(told tenant)
AZURE_CLIENT_ID=$(told clientId) AZURE_CLIENT_SECRET=$(told clientSecret) AZURE_SUBSCRIPTION_ID=$(told subscription)
endpoint=$(told endpoint)
akstool() { "$program" "$@" --arm-endpoint "$endpoint"; }
fail() { echo "FAIL  $1"; exit 1; }
says() { # word, command...
  local word=$1 said
  shift
  said=$("$@" 2>&1) || fail "$*: $said"
  grep -q -- "$word" <<<"$said" || fail "$* said: $said"
}
refused() { # word, command...
  local word=$1 said
  shift
  ! said=$("$@" 2>&1) || fail "$* was not refused"
  grep -q -- "$word" <<<"$said" || fail "$* said: $said"
}

# Each node's address and range for pods, as the profile's address plan has them: a node of node
# subnet takes its own address and one for each pod, the others one; kubenet and overlay give a /24.
for profile in kubenet azure-cni azure-overlay; do
  akstool up "$profile" --name "$profile" --kubeconfig --wait-ready --yes -q >"$work/up" 2>&1 || fail "$(cat "$work/up")"
  "$program" network "$profile" -o json >"$work/plan.json"
  kubectl get nodes -o json >"$work/nodes.json"
  kubectl get nodes -o wide >"$work/wide"
  python3 - "$profile" "$work" <<'PYTHON'
import ipaddress, json, sys

profile, work = sys.argv[1:]
nodes = json.load(open(f"{work}/nodes.json"))["items"]
plan = json.load(open(f"{work}/plan.json"))
wide = open(f"{work}/wide").read()
[pool] = plan["pools"]
net = {row["place"]: ipaddress.ip_network(row["range"]) for row in plan["ranges"]}
now = pool["needs"]["now"]
assert len(nodes) == now["nodes"], (len(nodes), now)
# Azure keeps the first four addresses of a subnet.
each, block = now["nodeSubnet"] // now["nodes"], now["podRange"] // now["nodes"]
wanted = [str(net["subnet"][4 + each * at]) for at in range(len(nodes))]
addresses = [node["status"]["addresses"][0]["address"] for node in nodes]
assert addresses == wanted, (addresses, wanted)
blocks = [f"{net['pods'][block * at]}/24" if block else None for at in range(len(nodes))]
pods = [node["spec"].get("podCIDR") for node in nodes]
assert pods == blocks, (pods, blocks)
assert all(f" {address} " in wide for address in addresses), wide
print(f"ok    {profile}: {', '.join(f'{a} {p}' for a, p in zip(addresses, pods))}")
PYTHON
done

[ "$(kubectl config get-contexts -o name | sort | xargs)" = "azure-cni azure-overlay kubenet" ] || fail "contexts"
says "v1[.]34" kubectl --context kubenet version
kubectl get namespaces kube-system >/dev/null
says "KubeletReady" kubectl describe node
says "^yes$" kubectl auth can-i list nodes
refused "^no" kubectl auth can-i create pods
says "^ok$" kubectl get --raw /readyz
says "No resources found" kubectl get pods -A
refused Forbidden kubectl create namespace x
refused "NotFound" kubectl get node nowhere
refused "You must be logged in" kubectl --token wrong get nodes
echo "ok    version, namespaces, describe, can-i, readiness, refusals"

for profile in kubenet azure-cni azure-overlay; do
  akstool down "$profile" --yes -q >/dev/null
done
[ -z "$(kubectl config get-contexts -o name)" ] || fail "down left contexts"
echo "ok    down took its credentials out again"
