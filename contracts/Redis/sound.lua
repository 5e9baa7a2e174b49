-- Sets, renews or clears the marker by which the region's agent reports that readers may use the region's cache. It holds the run of the
-- server, so that a marker in an old copy of the data does not count.
--
-- KEYS: the marker
-- ARGV: how long it lives in milliseconds, 0 to clear it; the run that the agent knows ('' for any). Another run is of a server that came
--       back or took over: it may lack purges, so the marker is not set there.

if ARGV[1] == '0' then
    redis.call('UNLINK', KEYS[1])
    return
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if ARGV[2] ~= '' and ARGV[2] ~= run then
    return
end
-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
if redis.pcall('SET', KEYS[1], run, 'PX', ARGV[1]).err then
    redis.call('UNLINK', KEYS[1])
    redis.call('SET', KEYS[1], run, 'PX', ARGV[1])
end
