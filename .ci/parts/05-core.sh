#!/usr/bin/env bash
# the core without `sim serve` compiles, and without a word
set -euo pipefail
said=$(cargo check --quiet --no-default-features --all-targets 2>&1) || { echo "$said"; exit 1; }
[ -z "$said" ] || { echo "$said"; exit 1; }
