select coalesce(max(version), 0) from lastmile.schema_version
