-- Each tracked table with its rules, and the revision they are at, in an order that gives the same message each time; one row of nulls
-- when there is no table.
select revision, tracked.entity, (parse_ident(tracked.name))[1], tracked.name, tracked.properties,
    array(select template from lastmile.purge_rule where relation = tracked.relation and kind = 'key' order by template),
    array(select template from lastmile.purge_rule where relation = tracked.relation and kind = 'tag' order by template)
from lastmile.rule_revision
left join lastmile.tracked_table tracked on true
order by tracked.entity, tracked.relation
