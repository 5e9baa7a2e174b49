-- The outbox of the peer that polls one: a row for each change, written with it.
create table outbox (
    id  bigint generated always as identity primary key,
    key text not null
);
