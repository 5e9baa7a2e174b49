-- All rules, with the revision they are at; one row of nulls when there is none.
select revision, entity, kind, template
from lastmile.rule_revision
left join (select distinct entity, kind, template from lastmile.purge_rule) rule on true
