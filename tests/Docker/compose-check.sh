#!/usr/bin/env bash
# Builds and starts docker-compose.yml, and checks that the system works with the rights of deploy/ and survives restarts, a crash, and down
# and up. Usage: compose-check.sh COMPOSE..., for example: compose-check.sh docker compose. The built images stay for the next run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
project=lastmile-check
compose=("$@" -p "$project")
api=http://127.0.0.1:8080
key='Authorization: Bearer development-only'
log=.lastmile/compose.log
regions=(ams syd)
services=(postgres rabbitmq redis-primary redis-ams redis-syd invalidator agent-ams agent-syd storefront-ams storefront-syd)

clean_up() {
    mkdir -p .lastmile
    "${compose[@]}" logs --no-color >"$log" 2>&1 || true
    "${compose[@]}" down -v >/dev/null 2>&1 || true
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

all_are_healthy() {
    local service
    for service in "${services[@]}"; do
        [[ $(docker inspect -f '{{.State.Health.Status}}' "$(container "$service")" 2>/dev/null) == healthy ]] || return 1
    done
}

become_healthy() {
    local attempt
    for attempt in $(seq 240); do
        ! all_are_healthy || return 0
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

# Reads a product in both regions until both cache it: a Storefront does not fill the cache while its region is critically behind.
fill() {
    local port attempt
    for attempt in $(seq 60); do
        for port in 8091 8092; do
            curl -sf -o /dev/null "127.0.0.1:$port/products/$1" || { echo "the Storefront at port $port does not answer" >&2; return 1; }
        done
        [[ $(in_regions "$1") != 11 ]] || return 0
        sleep 0.5
    done
    echo "a region has not cached product:$1 within 30 s" >&2
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

anonymous_volumes() { docker volume ls -q | grep -E '^[0-9a-f]{64}$' | sort; }

leave_no_volume() {
    local left
    quietly "${compose[@]}" down || return 1
    left=$(comm -13 <(echo "$volumes") <(anonymous_volumes))
    [[ -z $left ]] || { echo "left behind: $left" >&2; return 1; }
}

trap clean_up EXIT
"${compose[@]}" down -v >/dev/null 2>&1 || true
volumes=$(anonymous_volumes || true)

step "images are built" quietly "${compose[@]}" build
step "images are built again from the cache" quietly "${compose[@]}" build
step "all start" quietly "${compose[@]}" up -d
step "all are healthy" become_healthy
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
step "down leaves only named volumes" leave_no_volume
step "all start again" quietly "${compose[@]}" up -d
step "all are healthy" become_healthy
[[ $(sql "select slug from products where id = 7") == product-7-x ]] || fail "the database has lost a change."
step "a change is purged in both regions" purge 10
