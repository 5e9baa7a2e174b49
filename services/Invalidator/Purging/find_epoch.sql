select epoch from lastmile.epoch where primary_id = $1 order by epoch desc limit 1
