#!/bin/sh
# Starts Redis with the users of an ACL file from deploy/. Passwords come from the environment; for example, that of lastmile-agent from
# PASSWORD_OF_LASTMILE_AGENT. A user without a password is left out.
set -eu

template=${ACL_FILE:-/etc/lastmile/users.acl}
config=${CONFIG_FILE:-/etc/lastmile/redis.conf}
folder=${CONFIG_FOLDER:-/tmp/lastmile}

password_of() {
    variable=PASSWORD_OF_$(printf %s "$1" | tr 'a-z-' 'A-Z_')
    eval "printf %s \"\${$variable:-}\""
}

# A value within quotes of redis.conf.
quoted() { printf %s "$1" | sed 's/[\\"]/\\&/g'; }

hash() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

# Each line of the file defines a user: "user NAME on #SHA256-OF-THE-PASSWORD-OF-NAME ...".
write_users() {
    while read -r word user rest; do
        case $rest in
            *'#SHA256-OF-THE-PASSWORD-OF-'*)
                password=$(password_of "$user")
                [ -n "$password" ] || continue
                printf '%s\n' "$word $user on #$(hash "$password") ${rest#on * }"
                ;;
            *) printf '%s\n' "$word $user $rest" ;;
        esac
    done
}

# The files contain a password and hashes.
umask 077
mkdir -p "$folder"
write_users <"$template" >"$folder/users.acl"
{
    cat "$config"
    printf '\naclfile %s\nmasteruser replica\nmasterauth "%s"\n' "$folder/users.acl" "$(quoted "$(password_of replica)")"
} >"$folder/redis.conf"
exec "${ENTRYPOINT:-docker-entrypoint.sh}" redis-server "$folder/redis.conf" "$@"
