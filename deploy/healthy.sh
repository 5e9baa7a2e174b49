#!/usr/bin/env bash
# Requests this container's own readiness, on the port of the first http address in URLS, which is where the program listens.
# The image has no curl, and bash opens connections by itself.
set -euo pipefail

address=$(tr ';' '\n' <<<"${URLS:?is not set: it names the address that the program listens on}" | sed -n 's|^ *http://||p' | head -n 1)
address=${address%%/*}
port=${address##*:}
# An IPv6 address without a port ends in a bracket; any other without one has no colon.
[[ $port =~ ^[0-9]+$ && $address == *:* ]] || port=80

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
