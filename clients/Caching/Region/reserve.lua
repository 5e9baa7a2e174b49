-- Replaces an entry that is no longer valid with a lease. Another reader may have replaced it already.
--
-- KEYS: entry
-- ARGV: how the invalid entry begins, the lease, its TTL in milliseconds
-- Returns 1 if the lease was stored, 0 if the key holds something else.

if string.sub(redis.call('GET', KEYS[1]) or '', 1, #ARGV[1]) ~= ARGV[1] then
    return 0
end
-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
