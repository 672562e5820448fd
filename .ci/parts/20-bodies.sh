#!/usr/bin/env bash
# every body akstool sends, judged by Azure's own type tables
set -euo pipefail
judge=../shared/tools/check-bodies.py
if [ ! -f "$judge" ]; then
  echo "skipped: $judge is not at hand"
  exit 0
fi
akstool=target/release/akstool
for profile in $("$akstool" profiles -o json | python3 -c 'import json,sys; print(*[p["name"] for p in json.load(sys.stdin)["profiles"]])'); do
  export AKSTOOL_SIM_STATE="$WORK/$profile.json"
  trace="$WORK/$profile.jsonl"
  [ ! -f ".ci/worlds/$profile.sh" ] || bash ".ci/worlds/$profile.sh" "$akstool"
  run() { "$akstool" "$@" --cloud sim --sim-speed max --trace "$trace" --yes >/dev/null 2>"$WORK/log" || { cat "$WORK/log"; exit 1; }; }
  run up "$profile"
  run up "$profile"
  run up "$profile" --set 'pools[0].count=3'
  run down "$profile"
  printf '%s: ' "$profile"
  python3 "$judge" --strict-enums "$trace"
done
