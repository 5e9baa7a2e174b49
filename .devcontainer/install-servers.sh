#!/usr/bin/env bash
# Installs the servers that ./lastmile starts, jq for the commands in CONTRIBUTING.md, and libfaketime for chaos and test --all.
# Run it as root.
set -euo pipefail

# Ubuntu starts the services that it installs unless this policy refuses.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends postgresql redis-server rabbitmq-server jq libfaketime
