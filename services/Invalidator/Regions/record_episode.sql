-- Alerts may arrive twice or late. In an episode, the higher severity wins, then the later alert. An end is final.
-- $4: how long the episode had lasted when the alert was raised.
with forgotten as (
    delete from lastmile.region_episode where region = $1 and episode <> $2 and ended_at < clock_timestamp() - interval '1 day'
)
insert into lastmile.region_episode as known (region, episode, alert, began_at, ended_at)
values ($1, $2, $3, clock_timestamp() - $4, case when $5 then clock_timestamp() end)
on conflict (region, episode) do update
    set alert = excluded.alert,
        ended_at = excluded.ended_at
    where known.ended_at is null
      and (excluded.ended_at is not null
           or ((excluded.alert ->> 'severity')::int, (excluded.alert ->> 'at')::timestamptz)
              > ((known.alert ->> 'severity')::int, (known.alert ->> 'at')::timestamptz))
