insert into lastmile.outbox_quarantine (outbox_id, entity, relation, kind, columns, rows, created_at, reason)
values ($1, $2, $8, $3, $4, $5, $6, $7)
