-- Reads or moves an agent's checkpoint in its region's Redis. The script moves it only from the position where this agent left it, and only
-- in the same run of the server. A different position means that the server restarted with an old copy of its data. After a restart, the
-- position may match and yet the copy may lack purges that were applied after the checkpoint was written.
--
-- KEYS: the checkpoint, the stream errors
-- ARGV: run and position as this agent left them, the new position ('' to read only), the new stream errors ('' for none), the channel to
--       publish the new position on ('' for none), 'strict' in a cluster
-- Returns the position ('' for none), the run, and the stream errors ('' for none), all after the call.

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local held = string.match(redis.call('GET', KEYS[1]) or '', '^%d+%-%d+$') or ''
local differs = held ~= ARGV[2] or run ~= ARGV[1]
-- A server without a checkpoint was emptied, so it misses nothing. A node of a cluster misses the tags that other nodes' entries depend on.
if ARGV[3] == '' or (differs and (held ~= '' or ARGV[6] == 'strict')) then
    return {held, run, redis.call('GET', KEYS[2]) or ''}
end

-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('SET', KEYS[1], ARGV[3])
if ARGV[4] ~= '' then
    redis.call('SET', KEYS[2], ARGV[4])
end
if ARGV[5] ~= '' then
    redis.call('PUBLISH', ARGV[5], ARGV[3])
end
return {ARGV[3], run, ARGV[4]}
