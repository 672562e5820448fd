#!/usr/bin/env bash
# worlds by the thousand: random profiles, rivals and ends, and nothing of anybody's is lost
#
# WORLDS and REAPS say how many; a hundred thousand of each, which takes hours, are drawn by
#   WORLDS=100000 REAPS=100000 bash .ci/parts/12-worlds.sh
set -euo pipefail
worlds=${WORLDS:-2000} reaps=${REAPS:-2000}
# Five laws draw worlds, each as many as it is told.
each=$(((worlds + 4) / 5))
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-2026}
cargo test --quiet --profile worlds --test laws --no-run
began=$SECONDS
AKSTOOL_WORLDS=$each AKSTOOL_REAPS=$reaps cargo test --quiet --profile worlds --test laws -- \
  worlds:: reaping:: rivals:: beside:: runs::after_up_the_plan_is_empty_for_random
echo "$((each * 5)) worlds and $reaps reaps held, in $((SECONDS - began))s"
