delete from lastmile.outbox
where ctid = any (array(select ctid from lastmile.outbox order by id limit 500 for update skip locked))
returning rows
