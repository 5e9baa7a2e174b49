-- The outbox of the polling peer: one row per change, written in the same transaction.
create table outbox (
    id  bigint generated always as identity primary key,
    key text not null
);
