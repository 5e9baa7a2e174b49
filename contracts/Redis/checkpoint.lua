-- Reads or moves an agent's checkpoint in its region's Redis. It moves only from the place where this agent left it, in the same run of
-- the server: any other place means that the server came back with an old copy of its data. So does another run, because the copy may
-- lack purges that were applied after the checkpoint was written.
--
-- KEYS: the checkpoint, what is known of the replication stream
-- ARGV: run and place as this agent left them, the new place ('' to read only), what is known of the stream now, the channel to publish
--       the new place on ('' for none)
-- Returns the place ('' for none), the run and what is known of the stream, as they are afterwards.

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local held = string.match(redis.call('GET', KEYS[1]) or '', '^%d+%-%d+$') or ''
if ARGV[3] == '' or (held ~= '' and (held ~= ARGV[2] or run ~= ARGV[1])) then
    return {held, run, redis.call('GET', KEYS[2]) or ''}
end

-- At maxmemory a script may not begin with SET, but a script that has deleted something may go on with it.
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('SET', KEYS[1], ARGV[3])
if ARGV[4] ~= '' then
    redis.call('SET', KEYS[2], ARGV[4])
end
if ARGV[5] ~= '' then
    redis.call('PUBLISH', ARGV[5], ARGV[3])
end
return {ARGV[3], run, ARGV[4]}
