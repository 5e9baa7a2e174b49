select database::text from lastmile.identity
