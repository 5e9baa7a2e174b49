-- Replaces the lease that a reader stored before it read the database with the value. If the lease is gone, it has expired or a
-- purge has deleted it: the value may be old, so it is not stored.
--
-- KEYS: entry
-- ARGV: lease, value, the value's TTL in milliseconds
-- Returns 1 if the value was stored, 0 if not.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
