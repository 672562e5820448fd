# How each client is installed into a folder of its own under $clients, in pinned versions; read by
# clients.sh. What stands there already is left as it is.

# need COMMAND... -- PACKAGE...: has Debian's packages where the command fails.
need() {
  local command=()
  while [ "$1" != -- ]; do
    command+=("$1")
    shift
  done
  shift
  "${command[@]}" >/dev/null 2>&1 && return
  .ci/debian "$@"
}

# environment FOLDER REQUIREMENT...: a Python environment with them, in the words of `pip install`.
environment() {
  need python3 -c 'import ensurepip, venv' -- python3 python3-venv &&
    python3 -m venv "$1" &&
    timeout 900 "$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}

# The Azure CLI, and what sdk.py imports in the versions that go with it.
install_az() {
  [ -x "$clients/az/bin/az" ] ||
    environment "$clients/az" azure-cli==2.91.0 azure-identity azure-mgmt-containerservice azure-mgmt-network \
      azure-mgmt-resource >"$work/out" 2>"$work/err"
}

# Ansible's core, and of the package of all its collections only azcollection; with the function by
# which that asks what cloud an endpoint is, which azure-cli-core does not have.
install_ansible() {
  local home="$clients/ansible"
  [ ! -d "$home/ansible_collections" ] || return 0
  environment "$home" --no-compile -r .ci/clients/ansible.txt &&
    "$home/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work/wheel" ansible==12.3.0 &&
    "$home/bin/python" -c 'if True:
      import sys, zipfile
      wheel, part = zipfile.ZipFile(sys.argv[1]), "ansible_collections/azure/azcollection/"
      wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(part)])
    ' "$work"/wheel/ansible-*.whl "$home" &&
    cat .ci/clients/endpoint.py >>"$("$home/bin/python" -c 'import azure.cli.core.cloud as cloud; print(cloud.__file__)')"
}

# The packages that sdk.mjs imports.
install_javascript() {
  local home="$clients/javascript"
  [ ! -d "$home/node_modules" ] || return 0
  need npm --version -- nodejs npm &&
    mkdir -p "$home" &&
    cp .ci/clients/package.json .ci/clients/package-lock.json "$home" &&
    timeout 900 npm --prefix "$home" ci --silent --no-audit --no-fund --ignore-scripts
}

# begin CLIENT: installs it while others are at work.
begin() {
  "install_$1" >"$work/$1.log" 2>&1 &
  printf -v "job_$1" %s $!
  installing+=($!)
}

# ended CLIENT: waits until it is there.
ended() {
  local begun=$SECONDS job="job_$1"
  wait "${!job}"
  local code=$?
  cp "$work/$1.log" "$work/out"
  : >"$work/err"
  verdict "it is installed" "$code" "$begun"
  [ "$code" -eq 0 ]
}
