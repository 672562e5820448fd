#!/usr/bin/env bash
# the README's first command, with the program as it is shipped
set -euo pipefail
export AKSTOOL_SIM_STATE="$WORK/readme-world.json"
cargo run --quiet --release -- up kubenet --cloud sim --yes
again=$(cargo run --quiet --release -- up kubenet --cloud sim --yes 2>&1)
grep -qi "nothing to do" <<<"$again" || { echo "$again"; echo "the second up did something"; exit 1; }
cargo run --quiet --release -- down demo --cloud sim --yes
size=$(stat -c %s target/release/akstool)
echo "release binary: $((size / 1048576)) MiB"
[ "$size" -le $((25 * 1048576)) ]
