#!/usr/bin/env bash
# Creates the roles of deploy/postgres-roles.sql and the Storefront's database in a new data folder. The image runs it once.
# It may be sourced by the image, which does not expect unset variables to end it.
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
