select exists (select from lastmile.region where silent_since is null and heard_at < clock_timestamp() - $1)
