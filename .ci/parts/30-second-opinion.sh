#!/usr/bin/env bash
# the second opinion: the generated SDK models and clients
set -euo pipefail
cargo test --quiet --features sdk-oracle --test oracle -- --nocapture
