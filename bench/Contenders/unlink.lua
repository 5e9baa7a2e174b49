-- Drops keys on a region's own Redis: a writable replica, on which the client passes no plain command that writes, but scripts.
return redis.call('UNLINK', unpack(KEYS))
