select exists (select from pg_replication_slots where slot_name = $1)
