#!/bin/sh
# Prints the addresses to open, once every service of docker-compose.yml is healthy. Keeps running, because 'docker compose up --wait'
# counts a container that exits as a failure.
cat <<'TEXT'
LastMile Events is ready. Open http://127.0.0.1:8091/products/7 (Storefront of region ams) or http://127.0.0.1:8092/products/7 (region syd).
The API is at http://127.0.0.1:8080; its key is in LASTMILE_API_KEY (docs/api.md), by default development-only:
    curl -H 'Authorization: Bearer development-only' http://127.0.0.1:8080/regions
With the profile observability, Grafana is at http://127.0.0.1:3000.
TEXT
exec tail -f /dev/null
