#!/usr/bin/env bash
# Starts RabbitMQ with the users and permissions of deploy/rabbitmq-definitions.json, and an agent user for each region in REGIONS.
# Passwords come from the environment; for example, that of lastmile-agent-ams from PASSWORD_OF_LASTMILE_AGENT_AMS.
set -euo pipefail

template=${DEFINITIONS_FILE:-/etc/lastmile/rabbitmq-definitions.json}
folder=${CONFIG_FOLDER:-/tmp/lastmile}
definitions=$folder/definitions.json

# RabbitMQ's password hash: four bytes of salt, then the SHA-256 of salt and password. The salt here is four hex digits.
hash() {
    local salt hex
    salt=$(head -c 2 /dev/urandom | od -An -tx1 | tr -d ' \n')
    hex=$(printf %s "$salt$1" | sha256sum | cut -d' ' -f1)
    printf "%s$(sed 's/../\\x&/g' <<<"$hex")" "$salt" | base64 | tr -d '\n'
}

# The file defines the region ams. Its user and permissions are repeated for the other regions.
repeat_agents() {
    awk -v RS='},' -v regions="$REGIONS" '
        { printf "%s%s", separator, $0; separator = RS }
        /lastmile-agent-ams/ {
            count = split(regions, names, " ")
            for (i = 1; i <= count; i++) if (names[i] != "ams") {
                other = $0; gsub(/ams/, names[i], other); printf "%s%s", RS, other
            }
        }'
}

write_definitions() {
    local text user variable hashed
    text=$(repeat_agents <"$template")
    for user in $(grep -o 'HASH-OF-THE-PASSWORD-OF-[a-z-]*' <<<"$text" | sed 's/HASH-OF-THE-PASSWORD-OF-//'); do
        variable=PASSWORD_OF_$(tr 'a-z-' 'A-Z_' <<<"$user")
        [[ -n ${!variable:-} ]] || { echo "rabbitmq.sh: $variable is not set. Set it to the password of $user." >&2; return 1; }
        hashed=$(hash "${!variable}")
        text=${text/\"HASH-OF-THE-PASSWORD-OF-$user\"/\"$hashed\"}
    done
    printf '%s\n' "$text"
}

# The file contains hashes of passwords.
umask 077
mkdir -p "$folder"
write_definitions >"$definitions"
printf 'load_definitions = %s\n' "$definitions" >"$folder/rabbitmq.conf"
# RabbitMQ reads this file in addition to the image's own settings in /etc/rabbitmq/conf.d.
export RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf
exec "${ENTRYPOINT:-docker-entrypoint.sh}" rabbitmq-server
