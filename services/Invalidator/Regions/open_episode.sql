select alert, clock_timestamp() - began_at from lastmile.region_episode where region = $1 and not ended
