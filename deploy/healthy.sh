#!/usr/bin/env bash
# Checks the readiness of this container's program, on the port of the first http address in URLS, where the program listens.
# The image has no curl, so bash opens the connection.
set -euo pipefail

address=$(tr ';' '\n' <<<"${URLS:?is not set. Set it to the address that the program listens on}" | sed -n 's|^ *http://||p' | head -n 1)
address=${address%%/*}
port=${address##*:}
# Without a port, an IPv6 address ends in a bracket, and any other address has no colon.
[[ $port =~ ^[0-9]+$ && $address == *:* ]] || port=80

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
