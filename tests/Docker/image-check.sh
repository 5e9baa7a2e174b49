#!/usr/bin/env bash
# Builds the images of deploy/Dockerfile and checks that each runs as documented in docs/operations/containers.md.
# Usage: image-check.sh COMPOSE..., for example: image-check.sh docker compose
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
compose=("$@" -p lastmile-check)
LASTMILE_VERSION=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
LASTMILE_REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
export LASTMILE_VERSION LASTMILE_REVISION
container=

fail() {
    echo "image check failed: $*" >&2
    exit 1
}

clean_up() { [[ -z $container ]] || docker rm -f "$container" >/dev/null; }

step() {
    local begun=$SECONDS
    "${@:2}" || fail "step '$1'."
    printf '   %-48s %4d s\n' "$1" $((SECONDS - begun))
}

quietly() {
    local output
    output=$("$@" 2>&1) || { tail -n 20 <<<"$output" >&2; return 1; }
}

inspect() { docker image inspect -f "$2" "lastmile/$1"; }
confined() { docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges "$@"; }
label() { inspect "$1" "{{index .Config.Labels \"org.opencontainers.image.$2\"}}"; }

files_of() {
    container=$(docker create "lastmile/$1")
    docker export "$container" | tar -t
    docker rm "$container" >/dev/null
    container=
}

is_labelled() {
    local name
    for name in title description source licenses; do
        [[ -n $(label "$1" $name) ]] || { echo "the label $name is empty" >&2; return 1; }
    done
    [[ $(label "$1" version) == "$LASTMILE_VERSION" && $(label "$1" revision) == "$LASTMILE_REVISION" ]] \
        || { echo "its labels say version $(label "$1" version), revision $(label "$1" revision)" >&2; return 1; }
}

has_only_its_program() {
    local files found
    files=$(files_of "$1")
    ! found=$(grep -E '(^|/)((ba|da|a|z|k)?sh|busybox|apt|apk|curl|wget)$' <<<"$files") || { echo "it contains $found" >&2; return 1; }
    ! found=$(grep '^program/.' <<<"$files" | grep -vE '\.(dll|pdb|json|config)$') || { echo "it contains $found" >&2; return 1; }
}

# Nothing listens in this container, so --health must fail, and say why.
runs_confined() {
    local output code=0
    output=$(confined "lastmile/$1" --health 2>&1) || code=$?
    [[ $code == 1 && $output == "GET http://127.0.0.1:8080/health/ready: "* ]] \
        || { echo "--health ended with $code: $output" >&2; return 1; }
}

check() {
    local user health
    user=$(inspect "$1" '{{.Config.User}}')
    [[ $user == 1654 ]] || fail "lastmile/$1 runs as '$user', not as 1654."
    health=$(inspect "$1" '{{index .Config.Healthcheck.Test 0}} {{index .Config.Healthcheck.Test 3}}')
    [[ $health == "CMD --health" ]] || fail "the health check of lastmile/$1 is '$health'."
    is_labelled "$1" && has_only_its_program "$1" && runs_confined "$1"
}

trap clean_up EXIT
step "images are built" quietly "${compose[@]}" build
step "images are built again from the cache" quietly "${compose[@]}" build
for image in invalidator region-agent storefront; do
    step "$image: user, labels, files, --health" check $image
done
echo
for image in invalidator region-agent storefront; do
    printf '   lastmile/%-36s %6.1f MB\n' $image "$(awk "BEGIN { print $(inspect $image '{{.Size}}') / 1000000 }")"
done
echo
