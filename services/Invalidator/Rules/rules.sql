-- All rules, with the revision they are at, in an order that gives the same message each time; one row of nulls when there is none.
select revision, entity, kind, template
from lastmile.rule_revision
left join (select distinct entity, kind, template from lastmile.purge_rule) rule on true
order by entity, kind, template
