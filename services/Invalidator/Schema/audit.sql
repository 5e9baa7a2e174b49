-- At most 1,000 findings: more than that usually have one cause, which these show.
select coalesce(relation, ''), coalesce(entity, ''), finding, coalesce(remedy, '') from lastmile.audit() limit 1000
