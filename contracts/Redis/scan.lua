-- Drops all keys of one Redis that begin with a prefix, one step per call. Call it again with the returned cursor until that is empty.
-- A key that exists from the first step to the last is always visited; any may be visited twice.
--
-- ARGV: cursor ('' to begin), the prefix, the prefix of LastMile's own names, which are kept, keys per step, the purge channel (''
--       publishes nothing), 'each' in a cluster, where one command can't name keys of several slots, or 'find' to drop nothing
-- Returns the next cursor ('' at the end), how many keys the step visited, how many it dropped, the keys found.

-- Each run of a server scans its keys in a different order, so a cursor from another run begins again.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local from, place = string.match(ARGV[1], '^(%w+):(%d+)$')
local step = redis.call('SCAN', from == run and place or '0', 'COUNT', ARGV[4])
local found = {}
for _, key in ipairs(step[2]) do
    if string.sub(key, 1, #ARGV[2]) == ARGV[2] and string.sub(key, 1, #ARGV[3]) ~= ARGV[3] then
        found[#found + 1] = key
    end
end

-- SCAN may return more keys than COUNT.
local dropped = 0
if ARGV[6] == 'find' then
    return {step[1] == '0' and '' or run .. ':' .. step[1], #step[2], 0, found}
elseif ARGV[6] == 'each' then
    for _, key in ipairs(found) do
        -- Fails for a key whose slot is moving here. The caller scans again when slots have moved.
        local one = redis.pcall('UNLINK', key)
        dropped = dropped + (type(one) == 'number' and one or 0)
    end
else
    for i = 1, #found, 5000 do
        dropped = dropped + redis.call('UNLINK', unpack(found, i, math.min(i + 4999, #found)))
    end
end

-- Processes drop what they hold at the first step, and at the last one what they have read since.
if ARGV[5] ~= '' and (ARGV[1] == '' or step[1] == '0') then
    redis.call('PUBLISH', ARGV[5], '1 - - *')
end

return {step[1] == '0' and '' or run .. ':' .. step[1], #step[2], dropped, {}}
