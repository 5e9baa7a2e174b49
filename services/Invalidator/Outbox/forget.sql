-- Rows that are purged, unless the rules have changed since they were read: then the claim purges them once more, by the new ones.
delete from lastmile.outbox where id = any ($1) and (select revision from lastmile.rule_revision) = $2
