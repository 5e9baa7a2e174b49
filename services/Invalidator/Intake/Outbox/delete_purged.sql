-- Deletes purged rows, unless the rules have changed since they were read: then the claim purges the rows again by the new rules.
delete from lastmile.outbox where id = any ($1) and (select revision from lastmile.rule_revision) = $2
