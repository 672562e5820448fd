#!/usr/bin/env bash
# real clients: the Azure CLI and the Python SDK against the served embedded Azure
set -euo pipefail
.ci/clients.sh target/release/akstool
