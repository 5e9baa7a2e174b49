-- Writes one name of LastMile's own, or takes it away. A script, because a client sends no plain write to a replica.
--
-- KEYS: the name
-- ARGV: the value; '' to take the name away

if ARGV[1] == '' then
    redis.call('UNLINK', KEYS[1])
else
    -- At maxmemory a script may not begin with SET, but a script that has deleted something may go on with it.
    redis.call('UNLINK', KEYS[1])
    redis.call('SET', KEYS[1], ARGV[1])
end
