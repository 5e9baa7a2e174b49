-- Marks a key as being filled by one reader. A purge deletes the mark with the key.
--
-- KEYS: entry
-- ARGV: lease, its TTL in milliseconds, the stale value that the reader found there ('' for none)
-- Returns 1 if the lease was stored; 0 if another reader holds one or has already filled the entry.

local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[3] or string.sub(held, 1, 6) == 'lease:' then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
