#!/usr/bin/env bash
# real clients: the Azure CLI, Ansible and the SDKs for Python and JavaScript on the served embedded Azure
# beside: they wait for each other more than they compute
set -euo pipefail
.ci/clients.sh target/release/akstool
