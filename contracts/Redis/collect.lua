-- Deletes the tag generations of one Redis that purges up to a watermark wrote, one step per call. Call it again with the returned cursor
-- until that is empty. A generation that exists from the first step to the last is always visited; any may be visited twice.
--
-- KEYS: one of LastMile's own names in a cluster, where it routes the call to the node
-- ARGV: cursor ('' to begin), the glob pattern of the generation keys, epoch and sequence of the watermark, keys per step, 'each' in a
--       cluster, where one command can't name keys of several slots
-- Returns the next cursor ('' at the end), how many generations the step visited, how many of them it deleted.

local epoch, sequence = tonumber(ARGV[3]), tonumber(ARGV[4])

-- Generations have the form epoch-sequence, or epoch-sequence-text if an agent wrote them. Epoch 0 marks the replacement of an evicted
-- generation. The time of that tag's last purge is unknown, so the script keeps it.
local function isOld(generation)
    local e, s, rest = string.match(generation, '^(%d+)-(%d+)(.*)$')
    if not e or (rest ~= '' and string.sub(rest, 1, 1) ~= '-') then
        return false
    end
    e, s = tonumber(e), tonumber(s)
    return e > 0 and (e < epoch or (e == epoch and s <= sequence))
end

-- Each run of a server scans its keys in a different order, so a cursor from another run begins again.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local from, place = string.match(ARGV[1], '^(%w+):(%d+)$')
local step = redis.call('SCAN', from == run and place or '0', 'MATCH', ARGV[2], 'COUNT', ARGV[5], 'TYPE', 'string')
local old = {}
for _, key in ipairs(step[2]) do
    local held = redis.pcall('GET', key)
    if type(held) == 'string' and isOld(held) then
        old[#old + 1] = key
    end
end

-- A single command replicates without a transaction, which a replica at maxmemory would refuse. If a step finds more keys than one
-- command takes, the next scan deletes the rest.
local deleted = 0
if ARGV[6] == 'each' then
    for _, key in ipairs(old) do
        -- Fails for a key whose slot is moving here. It is deleted in the next round.
        local one = redis.pcall('UNLINK', key)
        deleted = deleted + (type(one) == 'number' and one or 0)
    end
elseif #old > 0 then
    deleted = redis.call('UNLINK', unpack(old, 1, math.min(#old, 5000)))
end

return {step[1] == '0' and '' or run .. ':' .. step[1], #step[2], deleted}
