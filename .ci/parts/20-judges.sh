#!/usr/bin/env bash
# the traffic of every profile's whole life, judged by Azure's own type tables and specifications
set -euo pipefail
tools=../shared/tools
specs=../shared/specs
if [ ! -f "$tools/check-bodies.py" ]; then
  echo "skipped: $tools is not at hand"
  exit 0
fi
# Written by the test `a_whole_life_of_every_profile_is_traced`.
traces=(target/tmp/traces/*.jsonl)
for trace in "${traces[@]}"; do
  printf '%s: ' "$(basename "$trace" .jsonl)"
  python3 "$tools/check-bodies.py" --strict-enums "$trace"
done

# The specifications at hand are those of 2023 and know nothing of later properties; what the type
# tables above say of every property sent, they say of types, lists and required ones, both ways.
# Private DNS zones and Azure Monitor they do not hold at all, at no version.
if ! command -v npm >/dev/null; then
  .ci/debian nodejs npm || { echo "skipped: there is no npm"; exit 0; }
fi
mkdir -p "$WORK/oav"
(cd "$WORK/oav" && npm init -y >/dev/null && npm install --silent --no-fund --no-audit oav@4.0.3 >/dev/null)
NODE_PATH="$WORK/oav/node_modules" node "$tools/arm-validate.js" --specs "$specs" --summary \
  --api-map Microsoft.ContainerService=2023-11-01 --api-map Microsoft.Network=2023-09-01 \
  --api-map Microsoft.Resources=2023-07-01 --api-map Microsoft.ManagedIdentity=2023-01-31 \
  --api-map Microsoft.OperationalInsights=2023-09-01 \
  --only '^(?!.*/(privateDnsZones|Microsoft\.Insights/|Microsoft\.Monitor/))' \
  --ignore OBJECT_ADDITIONAL_PROPERTIES,ENUM_CASE_MISMATCH,OPERATION_NOT_FOUND_IN_CACHE_WITH_API \
  "${traces[@]}"
