-- Alerts come in any order, and twice. A later episode wins; in one episode the higher severity does, then the later alert, and an end is final.
-- $4: how long the episode had lasted when the alert was raised.
insert into lastmile.region_episode as known (region, episode, alert, began_at, ended)
values ($1, $2, $3, clock_timestamp() - $4, $5)
on conflict (region) do update
    set episode = excluded.episode,
        alert = excluded.alert,
        began_at = case when excluded.episode > known.episode then excluded.began_at else known.began_at end,
        ended = excluded.ended
    where excluded.episode > known.episode
       or (excluded.episode = known.episode and not known.ended and (
               excluded.ended
               or ((excluded.alert ->> 'severity')::int, (excluded.alert ->> 'at')::timestamptz)
                  > ((known.alert ->> 'severity')::int, (known.alert ->> 'at')::timestamptz)))
