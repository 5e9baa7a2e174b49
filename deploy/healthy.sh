#!/usr/bin/env bash
# Asks this container's program whether it is ready. The image has no curl, and bash opens connections by itself:
# nothing to install, nothing to keep patched.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${ASPNETCORE_HTTP_PORTS:-8080}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
