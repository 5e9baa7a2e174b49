delete from lastmile.region where region = $1
