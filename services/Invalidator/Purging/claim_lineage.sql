select lastmile.claim_lineage($1)
