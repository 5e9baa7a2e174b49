-- More findings than these usually have one cause.
select coalesce(relation, entity, ''), finding, coalesce(remedy, '') from lastmile.audit() limit 50
