-- One step through the tag generations of one Redis: deletes those that a purge up to a watermark wrote. Call it again with the cursor that
-- it returns until that is empty. A generation that is there from the first step to the last is met; one may be met twice.
--
-- KEYS: a name of LastMile's own, which leads to the server
-- ARGV: cursor ('' to begin), the glob pattern of the generations' keys, epoch and sequence of the watermark, keys of a step
-- Returns the next cursor ('' at the end), how many generations were seen, how many of them were deleted.

local epoch, sequence = tonumber(ARGV[3]), tonumber(ARGV[4])

-- Generations are epoch-sequence, or epoch-sequence-text where an agent wrote them. Epoch 0 replaces a generation that was evicted: when its tag
-- was purged is not known, so it stays.
local function isOld(generation)
    local e, s, rest = string.match(generation, '^(%d+)-(%d+)(.*)$')
    if not e or (rest ~= '' and string.sub(rest, 1, 1) ~= '-') then
        return false
    end
    e, s = tonumber(e), tonumber(s)
    return e > 0 and (e < epoch or (e == epoch and s <= sequence))
end

-- Each run of a server goes through its keys in an order of its own: a cursor that another run gave begins again.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local from, place = string.match(ARGV[1], '^(%w+):(%d+)$')
local step = redis.call('SCAN', from == run and place or '0', 'MATCH', ARGV[2], 'COUNT', ARGV[5], 'TYPE', 'string')
local old = {}
for _, key in ipairs(step[2]) do
    if isOld(redis.call('GET', key) or '') then
        old[#old + 1] = key
    end
end

-- One command: it replicates by itself, and not in a transaction, which a replica at maxmemory would refuse. A step that finds more than one
-- command takes leaves the rest to the next scan.
local deleted = #old > 0 and redis.call('UNLINK', unpack(old, 1, math.min(#old, 5000))) or 0

return {step[1] == '0' and '' or run .. ':' .. step[1], #step[2], deleted}
