-- Deletes a lease, so that another reader can load the value.
--
-- KEYS: entry
-- ARGV: lease
-- Returns 1 if the lease was deleted, 0 if the key holds something else.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('UNLINK', KEYS[1])
