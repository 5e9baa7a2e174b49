#!/usr/bin/env bash
# Starts docker-compose.yml with the images that image-check.sh has built. Checks its profiles, and that the system works with the rights of
# deploy/, without capabilities, and survives restarts, a crash, and down and up.
# Usage: compose-check.sh COMPOSE..., for example: compose-check.sh docker compose
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
project=lastmile-check
compose=("$@" -p "$project")
api=http://127.0.0.1:8080
key='Authorization: Bearer development-only'
log=.lastmile/compose.log
regions=(ams syd)
servers=(postgres rabbitmq redis-primary redis-ams redis-syd)
services=("${servers[@]}" invalidator agent-ams agent-syd storefront-ams storefront-syd)
everything=infrastructure,app,observability
# The names of images.
set -a && . ./.env && set +a
export COMPOSE_PROFILES=app

clean_up() {
    mkdir -p .lastmile
    COMPOSE_PROFILES=$everything "${compose[@]}" logs --no-color >"$log" 2>&1 || true
    COMPOSE_PROFILES=$everything "${compose[@]}" down -v >/dev/null 2>&1 || true
}

fail() {
    echo "compose check failed: $* The containers' logs are in $log" >&2
    exit 1
}

step() {
    local begun=$SECONDS
    "${@:2}" || fail "step '${1#   }'."
    printf '   %-48s %4d s\n' "$1" $((SECONDS - begun))
}

quietly() {
    local output
    output=$("$@" 2>&1) || { tail -n 20 <<<"$output" >&2; return 1; }
}

container() { "${compose[@]}" ps -q "$1"; }
inside() { docker exec "$(container "$1")" "${@:2}"; }
sql() { docker exec -e PGPASSWORD=development "$(container postgres)" psql -h 127.0.0.1 -U postgres storefront -Atqc "$1"; }
redis() { docker exec -e REDISCLI_AUTH=development "$(container "$1")" redis-cli --user operator "${@:2}"; }
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

are_healthy() {
    local service
    for service in "$@"; do
        [[ $(docker inspect -f '{{.State.Health.Status}}' "$(container "$service")" 2>/dev/null) == healthy ]] || return 1
    done
}

# Without arguments, all services of the profile app.
become_healthy() {
    local attempt
    [[ $# -gt 0 ]] || set -- "${services[@]}"
    for attempt in $(seq 240); do
        ! are_healthy "$@" || return 0
        sleep 0.5
    done
    "${compose[@]}" ps >&2
    return 1
}

in_regions() {
    local region
    for region in "${regions[@]}"; do
        printf %s "$(redis "redis-$region" exists "product:$1")"
    done
}

# Reads a product in both regions until both cache it: a Storefront does not fill the cache while its region is critically behind, and it
# answers with an error while PostgreSQL starts.
fill() {
    local port attempt
    for attempt in $(seq 60); do
        for port in 8091 8092; do
            curl -s -o /dev/null "127.0.0.1:$port/products/$1" || true
        done
        [[ $(in_regions "$1") != 11 ]] || return 0
        sleep 0.5
    done
    echo "a region has not cached product:$1 within 30 s; the Storefronts answer $(status "127.0.0.1:8091/products/$1")" \
        "and $(status "127.0.0.1:8092/products/$1")" >&2
    return 1
}

# Changes a row and waits until its key is gone in both regions.
purge() {
    local attempt
    fill "$1" || return 1
    sql "update products set slug = slug || '-x' where id = $1"
    for attempt in $(seq 50); do
        [[ $(in_regions "$1") != 00 ]] || return 0
        sleep 0.2
    done
    echo "product:$1 is still cached after 10 s" >&2
    return 1
}

only_servers_run() {
    local running
    running=$("${compose[@]}" ps --services --filter status=running 2>/dev/null | sort | paste -sd' ')
    [[ $running == "$(printf '%s\n' "${servers[@]}" | sort | paste -sd' ')" ]] || { echo "these run: $running" >&2; return 1; }
}

prints_addresses() {
    local attempt addresses address
    for attempt in $(seq 60); do
        addresses=$("${compose[@]}" logs --no-color ready 2>/dev/null | grep -F 'is ready. Open' | grep -o 'http://[^ ]*') && break
        sleep 0.5
    done
    [[ -n $addresses ]] || { echo "the service ready has not printed the addresses to open" >&2; return 1; }
    for address in $addresses; do
        [[ $(status "$address") == 200 ]] || { echo "$address does not answer" >&2; return 1; }
    done
}

# Reads the kernel's view of each container's first process. An engine in a virtual machine hides it.
confined() {
    local service id pid root state
    for service in "${services[@]}" ready; do
        id=$(container "$service")
        read -r pid root < <(docker inspect -f '{{.State.Pid}} {{.HostConfig.ReadonlyRootfs}}' "$id")
        [[ -r /proc/$pid/status ]] || { echo "   skipped: the engine's processes are not visible here"; return 0; }
        state=$(awk '/^(Uid|CapEff|CapBnd|NoNewPrivs):/ { print $1 $2 }' "/proc/$pid/status" | paste -sd' ')
        [[ $state != *Uid:0* && $state == *"CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1"* ]] \
            || { echo "$service is not confined: $state" >&2; return 1; }
        [[ $root == true ]] || { echo "$service may write to its root file system" >&2; return 1; }
    done
}

use_own_users() {
    local users
    users=$(sql "select string_agg(distinct usename, ' ' order by usename) from pg_stat_activity where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()")
    [[ $users == "lastmile_invalidator storefront" || $users == lastmile_invalidator ]] || { echo "PostgreSQL serves: $users" >&2; return 1; }
    for server in redis-primary redis-ams redis-syd; do
        [[ $(inside "$server" env -u REDISCLI_AUTH redis-cli ping 2>&1) == NOAUTH* ]] || { echo "$server accepts a client without a password" >&2; return 1; }
    done
    users=$(inside rabbitmq rabbitmqctl -q list_users --no-table-headers | cut -f1 | sort | paste -sd' ')
    [[ $users == "lastmile-agent-ams lastmile-agent-syd lastmile-invalidator storefront" ]] || { echo "RabbitMQ has the users: $users" >&2; return 1; }
}

protect_the_api() {
    [[ $(status "$api/status") == 401 && $(status -H "$key" "$api/status") == 200 ]] \
        && [[ $(status -H "$key" -H 'Content-Type: application/json' --data '{"keys":["product:9"]}' "$api/purges?wait=5s") == 200 ]]
}

restart() {
    quietly "${compose[@]}" restart "$1"
}

# Docker does not restart a container that 'docker kill' has killed.
crash() {
    local id
    id=$(container "$1")
    quietly docker kill "$id" && quietly docker start "$id" && become_healthy
}

lack_no_library() {
    local lines
    lines=$("${compose[@]}" logs --no-color 2>/dev/null | grep -F 'Cannot load library') || return 0
    echo "$lines" >&2
    return 1
}

has_image() { docker image inspect "$1" >/dev/null 2>&1 || docker pull -q "$1" >/dev/null 2>&1; }

value_of() { curl -sf --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | grep -o '"value":\[[^]]*' | head -n 1; }

show_metrics() {
    local attempt metric
    quietly "${compose[@]}" up -d --no-deps prometheus && become_healthy prometheus && purge 11 || return 1
    for metric in 'lastmile_region_verdict{region="ams"}' 'lastmile_region_lag_seconds{region="syd"}' lastmile_purge_keys_total \
        lastmile_outbox_age_milliseconds_bucket lastmile_primary_memory_bytes lastmile_capture_findings lastmile_cache_reads_total; do
        for attempt in $(seq 60); do
            [[ -z $(value_of "$metric") ]] || continue 2
            sleep 0.5
        done
        echo "Prometheus has no value of $metric after 30 s" >&2
        return 1
    done
}

show_dashboard() {
    quietly "${compose[@]}" up -d --no-deps grafana && become_healthy grafana \
        && [[ $(status http://127.0.0.1:3000/api/dashboards/uid/lastmile) == 200 ]]
}

check_observability() {
    local part
    export COMPOSE_PROFILES=app,observability
    for part in "$PROMETHEUS_IMAGE metrics arrive in Prometheus:show_metrics" "$GRAFANA_IMAGE Grafana has the dashboard:show_dashboard"; do
        if has_image "${part%% *}"; then
            local text=${part#* }
            step "${text%:*}" "${text##*:}"
        else
            printf '   SKIPPED: the engine has no image %s and cannot pull it\n' "${part%% *}"
        fi
    done
    export COMPOSE_PROFILES=app
}

anonymous_volumes() { docker volume ls -q | grep -E '^[0-9a-f]{64}$' | sort; }

leave_no_volume() {
    local left
    COMPOSE_PROFILES=$everything quietly "${compose[@]}" down || return 1
    left=$(comm -13 <(echo "$volumes") <(anonymous_volumes))
    [[ -z $left ]] || { echo "left behind: $left" >&2; return 1; }
}

trap clean_up EXIT
COMPOSE_PROFILES=$everything "${compose[@]}" down -v >/dev/null 2>&1 || true
volumes=$(anonymous_volumes || true)

export COMPOSE_PROFILES=infrastructure
step "the profile infrastructure starts" quietly "${compose[@]}" up -d
step "   its servers are healthy" become_healthy "${servers[@]}"
step "   nothing else runs" only_servers_run
export COMPOSE_PROFILES=app
step "the profile app starts" quietly "${compose[@]}" up -d
step "all are healthy" become_healthy
step "it prints the addresses to open" prints_addresses
step "no process has a capability or root" confined
step "a change is purged in both regions" purge 7
step "every service uses its own users" use_own_users
step "the API requires its key" protect_the_api
next=20
for service in invalidator agent-ams redis-primary redis-ams rabbitmq postgres; do
    step "$service restarts" restart "$service"
    step "   all are healthy again" become_healthy
    step "   a change is purged in both regions" purge $((next++))
done
step "the primary recovers from a crash" crash redis-primary
step "   a change is purged in both regions" purge 9
step "no program lacks a library" lack_no_library
check_observability
step "down leaves only named volumes" leave_no_volume
step "all start again" quietly "${compose[@]}" up -d
step "all are healthy" become_healthy
[[ $(sql "select slug from products where id = 7") == product-7-x ]] || fail "the database has lost a change."
step "a change is purged in both regions" purge 10
