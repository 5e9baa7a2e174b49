-- One step through all keys of one Redis: drops those that begin with a prefix. Call it again with the cursor that it returns until
-- that is empty. A key that is there from the first step to the last is met; one may be met twice.
--
-- ARGV: cursor ('' to begin), the prefix, the prefix of LastMile's own names, which stay, keys of a step
-- Returns the next cursor ('' at the end), how many keys were looked at, how many were dropped.

-- Each run of a server goes through its keys in an order of its own: a cursor that another run gave begins anew.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local from, place = string.match(ARGV[1], '^(%w+):(%d+)$')
local step = redis.call('SCAN', from == run and place or '0', 'COUNT', ARGV[4])
local found = {}
for _, key in ipairs(step[2]) do
    if string.sub(key, 1, #ARGV[2]) == ARGV[2] and string.sub(key, 1, #ARGV[3]) ~= ARGV[3] then
        found[#found + 1] = key
    end
end

-- A step may give more keys than it was asked for.
local dropped = 0
for i = 1, #found, 5000 do
    dropped = dropped + redis.call('UNLINK', unpack(found, i, math.min(i + 4999, #found)))
end

return {step[1] == '0' and '' or run .. ':' .. step[1], #step[2], dropped}
