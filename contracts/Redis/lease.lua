-- Takes, renews or releases the lease of a region's active agent.
--
-- KEYS: the lease
-- ARGV: the agent, how long the lease lives in milliseconds (0 to release it), '1' to take it from another agent
-- Returns the agent that holds it after the call ('' for none).

local holder = redis.call('GET', KEYS[1]) or ''
if holder ~= '' and holder ~= ARGV[1] and ARGV[3] ~= '1' then
    return holder
end

-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
redis.call('UNLINK', KEYS[1])
if ARGV[2] == '0' then
    return ''
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
