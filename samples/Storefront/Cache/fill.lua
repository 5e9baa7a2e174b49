-- Puts a value in the place of the lease that its reader took before it read the database. When the lease is gone, a purge has
-- come since and the value may be the old one: it stays out.
--
-- KEYS: entry
-- ARGV: lease, value, the value's milliseconds
-- Returns 1 when the value was put there.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
