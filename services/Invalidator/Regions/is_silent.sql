select exists (select from lastmile.region where silent_since is null and reported_at < clock_timestamp() - $1)
