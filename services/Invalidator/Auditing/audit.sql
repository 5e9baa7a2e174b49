-- A bounded piece of it: who has so many findings has one cause, and sees it in these.
select coalesce(relation, ''), coalesce(entity, ''), finding, coalesce(remedy, '') from lastmile.audit() limit 1000
