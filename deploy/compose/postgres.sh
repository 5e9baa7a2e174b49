#!/usr/bin/env bash
# The image runs this script once, on a new data folder. It creates the roles of deploy/postgres-roles.sql and the Storefront's database.
# The image may source it, so it does not set -u, which would make the image's own script fail on unset variables.
set -e

psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /etc/lastmile/postgres-roles.sql
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set migrator="${PASSWORD_OF_STOREFRONT_MIGRATOR:?}" --set storefront="${PASSWORD_OF_STOREFRONT:?}" \
    --set invalidator="${PASSWORD_OF_LASTMILE_INVALIDATOR:?}" <<'SQL'
alter role storefront_migrator password :'migrator';
alter role storefront password :'storefront';
alter role lastmile_invalidator password :'invalidator';
create database storefront owner storefront_migrator;
SQL
