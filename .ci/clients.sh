#!/usr/bin/env bash
# Real clients against `akstool sim serve`: the Azure CLI, the SDKs for Python and JavaScript, Ansible,
# and akstool beside them.
#
#   .ci/clients.sh [PROGRAM]       PROGRAM is an akstool binary, target/release/akstool by default
#
# CLIENTS_HOME names a folder that keeps the clients from one run to the next; without it they are
# installed in a temporary one (some 2 GB; what comes later is installed while the first are at work).
# As root on Debian what is missing for that is installed too. Everything else stays on loopback and
# in that folder. One line a step; the last line counts them.
set -uo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/release/akstool}")

# No run takes longer than this, whatever hangs.
if [ -z "${CLIENTS_BOUNDED:-}" ]; then
  exec env CLIENTS_BOUNDED=1 timeout --kill-after=20 2400 "$0" "$program"
fi

work=$(mktemp -d)
clients=${CLIENTS_HOME:-$work/clients}
server= installing=()
finish() {
  for job in "$server" "${installing[@]}"; do
    [ -z "$job" ] || { kill -TERM "$job" 2>/dev/null; wait "$job" 2>/dev/null; }
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

passed=0 failed=0
# step NAME COMMAND...: the command must succeed, within $bound seconds; what it printed is in $out.
step() {
  local name=$1 begun=$SECONDS
  shift
  timeout "${bound:-180}" "$@" >"$work/out" 2>"$work/err" </dev/null
  local code=$?
  out=$(cat "$work/out")
  verdict "$name" "$code" "$begun"
}
# refused NAME WORD COMMAND...: the command must fail, and say WORD.
refused() {
  local name=$1 word=$2 begun=$SECONDS
  shift 2
  timeout "${bound:-180}" "$@" >"$work/out" 2>"$work/err" </dev/null
  local code=$?
  out=$(cat "$work/out" "$work/err")
  [ "$code" -ne 0 ] && grep -q -- "$word" <<<"$out"
  verdict "$name" $? "$begun"
}
# same NAME WANTED COMMAND...: the command must print exactly WANTED.
same() {
  local name=$1 wanted=$2 begun=$SECONDS
  shift 2
  timeout "${bound:-180}" "$@" >"$work/out" 2>"$work/err" </dev/null
  out=$(cat "$work/out")
  [ "$out" = "$wanted" ] || echo "wanted: $wanted" >>"$work/err"
  [ "$out" = "$wanted" ]
  verdict "$name" $? "$begun"
}
verdict() {
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok    %s (%d s)\n' "$1" $((SECONDS - $3))
  else
    failed=$((failed + 1))
    printf 'FAIL  %s (%d s)\n' "$1" $((SECONDS - $3))
    tail -n 15 "$work/out" "$work/err" | sed 's/^/      /'
  fi
}
total() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] || exit 1
  exit 0
}

# journey NAME COMMAND...: each line the command prints is a step of its own.
journey() {
  local name=$1 line
  shift
  while IFS= read -r line; do
    case $line in
      ok*) passed=$((passed + 1)) ;;
      FAIL*) failed=$((failed + 1)) ;;
    esac
    echo "$line"
  done < <(timeout 300 "$@" 2>&1 || echo "FAIL  $name: the journey ends")
}

# shellcheck source=.ci/clients/install.sh
. .ci/clients/install.sh
begin ansible
begin javascript
install_az
verdict "the Azure CLI and the Python SDK are installed" $? 0
[ "$failed" -eq 0 ] || total

# A home of its own: nothing of the user's is read or written.
mkdir "$work/home"
export HOME="$work/home" AZURE_CONFIG_DIR="$work/azure" PATH="$clients/az/bin:$PATH"
export AZURE_CORE_COLLECT_TELEMETRY=0 AZURE_CORE_ONLY_SHOW_ERRORS=1 AZURE_EXTENSION_USE_DYNAMIC_INSTALL=no
export NO_PROXY="127.0.0.1,localhost" no_proxy="127.0.0.1,localhost"
unset AKSTOOL_CLOUD AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID

export AKSTOOL_SIM_STATE="$work/world.json"
"$program" sim serve --listen 127.0.0.1:0 -o json >"$work/invitation" 2>"$work/server" &
server=$!
for _ in $(seq 100); do
  [ -s "$work/invitation" ] && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ ! -s "$work/invitation" ]; then
  cat "$work/server"
  verdict "the embedded Azure is served" 1 0
  total
fi
told() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/invitation" "$1"; }
endpoint=$(told endpoint) ca=$(told caFile) tenant=$(told tenant) subscription=$(told subscription)
client=$(told clientId) secret=$(told clientSecret)
export REQUESTS_CA_BUNDLE="$ca"

echo "-- the Azure CLI"
step "az cloud register" az cloud register -n akstool-sim --endpoint-resource-manager "$endpoint"
step "az cloud set" az cloud set -n akstool-sim
step "az config set" az config set core.instance_discovery=false
refused "az login with a wrong secret is refused" AADSTS7000215 \
  az login --service-principal -u "$client" -p wrong --tenant "$tenant"
step "az login" az login --service-principal -u "$client" -p "$secret" --tenant "$tenant"
same "az account show" "$subscription" az account show --query id -o tsv
same "az group create" Succeeded az group create -n by-az -l westeurope --query properties.provisioningState -o tsv
same "az network vnet create" Succeeded az network vnet create -g by-az -n net --address-prefixes 10.10.0.0/16 \
  --query newVNet.provisioningState -o tsv
same "az network vnet subnet create" 10.10.1.0/24 az network vnet subnet create -g by-az --vnet-name net -n nodes \
  --address-prefixes 10.10.1.0/24 --query addressPrefix -o tsv
same "az aks create" Succeeded az aks create -g by-az -n one --no-ssh-key --node-count 1 --tier free \
  --query provisioningState -o tsv
same "az aks show" $'1\nSystem' az aks show -g by-az -n one --query 'agentPoolProfiles[0].[count,mode]' -o tsv
same "az aks list" one az aks list --query '[].name' -o tsv
same "az aks scale" 3 az aks scale -g by-az -n one --node-count 3 --query 'agentPoolProfiles[0].count' -o tsv
same "az aks nodepool add" Succeeded az aks nodepool add -g by-az --cluster-name one -n extra --node-count 1 \
  --query provisioningState -o tsv
same "az aks nodepool scale" 2 az aks nodepool scale -g by-az --cluster-name one -n extra --node-count 2 \
  --query count -o tsv
same "az aks nodepool list" $'nodepool1\nextra' az aks nodepool list -g by-az --cluster-name one --query '[].name' -o tsv
step "az aks nodepool delete" az aks nodepool delete -g by-az --cluster-name one -n extra
same "the pool is gone" nodepool1 az aks nodepool list -g by-az --cluster-name one --query '[].name' -o tsv
step "az aks get-credentials" az aks get-credentials -g by-az -n one -f "$work/kubeconfig"
step "the kubeconfig names the cluster" grep -q "^current-context: one$" "$work/kubeconfig"
step "az aks get-upgrades" az aks get-upgrades -g by-az -n one
step "az aks get-versions" az aks get-versions -l westeurope
step "az aks stop" az aks stop -g by-az -n one
same "the cluster is stopped" Stopped az aks show -g by-az -n one --query powerState.code -o tsv
step "az aks start" az aks start -g by-az -n one
step "az vm list-usage" az vm list-usage -l westeurope
step "az lock create" az lock create -n keep -g by-az --lock-type CanNotDelete
refused "a lock keeps the group" ScopeLocked az group delete -n by-az -y
step "az lock delete" az lock delete -n keep -g by-az
refused "a cluster that is not there" ResourceNotFound az aks show -g by-az -n two
step "az aks delete" az aks delete -g by-az -n one -y
same "no cluster is left" "" az aks list --query '[].name' -o tsv

echo "-- the Python SDK"
journey "the Python SDK" "$clients/az/bin/python" .ci/clients/sdk.py "$work/invitation"

echo "-- the JavaScript SDK"
if ended javascript; then
  cp .ci/clients/sdk.mjs "$clients/javascript/sdk.mjs"
  NODE_EXTRA_CA_CERTS=$ca journey "the JavaScript SDK" node "$clients/javascript/sdk.mjs" "$work/invitation"
fi

echo "-- Ansible"
if ended ansible; then
  # play NAME FILE ARGUMENTS...: a run of Ansible in which no task fails.
  play() {
    bound=900 step "$1" env AZURE_CLOUD_ENVIRONMENT="$endpoint" AZURE_DISABLE_INSTANCE_DISCOVERY=true \
      AZURE_TENANT="$tenant" AZURE_SUBSCRIPTION_ID="$subscription" AZURE_CLIENT_ID="$client" AZURE_SECRET="$secret" \
      ANSIBLE_COLLECTIONS_PATH="$clients/ansible" ANSIBLE_HOME="$work/ansible" ANSIBLE_LOCALHOST_WARNING=false \
      ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1 \
      "$clients/ansible/bin/ansible-playbook" "${@:2}"
  }
  play "networks, a cluster and what is told of them" .ci/clients/ansible.yml
  play "once more" .ci/clients/ansible.yml --skip-tags once,info
  grep -q 'changed=0 .*failed=0 ' <<<"$out"
  verdict "the second run changes nothing" $? "$SECONDS"
  play "it takes away what it made" .ci/clients/ansible-gone.yml
fi

echo "-- both hands on one world"
by_hand() { env -u REQUESTS_CA_BUNDLE "$program" "$@"; }
over_tls() {
  env SSL_CERT_FILE="$ca" AZURE_AUTHORITY_HOST="$(told authority)" AZURE_TENANT_ID="$tenant" \
    AZURE_CLIENT_ID="$client" AZURE_CLIENT_SECRET="$secret" AZURE_SUBSCRIPTION_ID="$subscription" \
    "$program" "$@" --arm-endpoint "$endpoint"
}
export -f by_hand over_tls told
export program ca tenant client secret subscription endpoint work
drift() { bash -c '"$@" > "$work/plan"; [ $? -eq 3 ] && grep -q "count" "$work/plan"' - "$@"; }
export -f drift

step "akstool makes a cluster in the same world" bash -c 'by_hand up kubenet --cloud sim --yes'
same "az sees it" $'Succeeded\n2' az aks show -g demo -n demo --query '[provisioningState,agentPoolProfiles[0].count]' -o tsv
same "az adds a pool without a word of its subnet" Succeeded az aks nodepool add -g demo --cluster-name demo -n extra \
  --node-count 1 --query provisioningState -o tsv
step "az takes it away again" az aks nodepool delete -g demo --cluster-name demo -n extra
same "az scales it" 3 az aks nodepool scale -g demo --cluster-name demo -n system --node-count 3 --query count -o tsv
step "akstool plan names the drift" bash -c 'drift by_hand plan kubenet --cloud sim --exit-code'
step "and over TLS, logged in with a secret" bash -c 'drift over_tls plan kubenet --exit-code'
by_az() {
  env SSL_CERT_FILE="$ca" AZURE_AUTHORITY_HOST="$(told authority)" AZURE_SUBSCRIPTION_ID="$subscription" \
    "$program" "$@" --arm-endpoint "$endpoint"
}
export -f by_az
step "and over TLS, as whoever is logged in to az" bash -c 'drift by_az plan kubenet --exit-code'
step "which -v says" bash -c 'by_az plan kubenet -v 2>&1 | grep -q "logged in by Azure CLI (az), because"'
step "akstool up over TLS mends it" bash -c 'over_tls up kubenet --yes'
same "az sees that" 2 az aks show -g demo -n demo --query 'agentPoolProfiles[0].count' -o tsv
step "nothing is left to plan" bash -c 'over_tls plan kubenet --exit-code'
step "akstool down" bash -c 'over_tls down demo --yes'
same "az sees that too" false az group exists -n demo

net=$(az network vnet show -g by-az -n net --query id -o tsv)
before=$(az network vnet show -g by-az -n net -o json)
own="up existing-vnet --set network.vnet.id=$net --set network.subnets.nodes.id=$net/subnets/nodes --yes"
export own
step "a cluster on the network that az made" bash -c 'over_tls $own'
same "it stands in that subnet" "$net/subnets/nodes" az aks show -g existing-vnet -n existing-vnet \
  --query 'agentPoolProfiles[0].vnetSubnetId' -o tsv
refused "the subnet is in use" InUseSubnetCannotBeDeleted \
  az network vnet subnet delete -g by-az --vnet-name net -n nodes
step "akstool down" bash -c 'over_tls down existing-vnet --yes'
after=$(az network vnet show -g by-az -n net -o json)
python3 - "$before" "$after" >"$work/out" 2>"$work/err" <<'PYTHON'
import json, sys

def still(value):
    """The network without what changes with every write."""
    if isinstance(value, dict):
        return {name: still(inner) for name, inner in value.items() if name != "etag"}
    return [still(inner) for inner in value] if isinstance(value, list) else value

before, after = (still(json.loads(text)) for text in sys.argv[1:])
assert before == after, f"before: {before}\nafter: {after}"
PYTHON
verdict "the network is as az left it" $? "$SECONDS"
step "and az can take it away" az group delete -n by-az -y
same "nothing is left" "" az group list --query '[].name' -o tsv

kill -TERM "$server"
wait "$server"
verdict "the server ends at a signal" $? "$SECONDS"
server=
total
