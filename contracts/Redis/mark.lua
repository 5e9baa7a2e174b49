-- Writes or deletes one of LastMile's own keys. It is a script because the client sends no plain writes to a replica.
--
-- KEYS: the key
-- ARGV: the value ('' to delete the key)

if ARGV[1] == '' then
    redis.call('UNLINK', KEYS[1])
else
    -- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
    redis.call('UNLINK', KEYS[1])
    redis.call('SET', KEYS[1], ARGV[1])
end
