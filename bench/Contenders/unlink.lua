-- Deletes keys on a region's Redis. It is a writable replica, and the client sends a replica no plain write commands, only scripts.
return redis.call('UNLINK', unpack(KEYS))
