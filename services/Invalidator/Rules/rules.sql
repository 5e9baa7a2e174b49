-- Each tracked table with its rules and their revision. The order is fixed, so that error messages don't vary. One row of nulls when no
-- table is tracked.
select revision, tracked.entity, (parse_ident(tracked.name))[1], tracked.name, tracked.properties,
    array(select template from lastmile.purge_rule where relation = tracked.relation and kind = 'key' order by template),
    array(select template from lastmile.purge_rule where relation = tracked.relation and kind = 'tag' order by template)
from lastmile.rule_revision
left join lastmile.tracked_table tracked on true
order by tracked.entity, tracked.relation
