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
