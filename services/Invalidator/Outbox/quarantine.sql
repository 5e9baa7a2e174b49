insert into lastmile.outbox_quarantine (outbox_id, entity, kind, columns, rows, created_at, reason)
values ($1, $2, $3, $4, $5, $6, $7)
