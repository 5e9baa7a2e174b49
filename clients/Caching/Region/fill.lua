-- Replaces the lease of a reader with the value that it has loaded. If the lease is gone, it has expired or a purge has deleted it: the
-- value may be old, so it is not stored. The same holds if a tag that became known only during the load was purged since it began.
--
-- KEYS: entry
-- ARGV: lease, the entry's head, its dependencies (netstrings of the tags and generations that were known before the load), its body, its
--       TTL in milliseconds, the watermark and the late marker before the load ('' for none), the late marker's name, and for each tag that
--       became known its name and its generation key
-- Returns 1 if the value was stored, 0 if the lease was gone, -1 if a tag was purged.
--
-- LastMile's names are arguments, because Redis lets a script pass only keys that its user may write.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end

-- Returns whether a generation was written after the load began. Until the late marker changes, generations are written in order.
local seenEpoch, seenSequence = string.match(ARGV[6], '^(%d+)-(%d+)$')
seenEpoch, seenSequence = tonumber(seenEpoch or 0), tonumber(seenSequence or 0)
local function isNew(generation)
    local epoch, sequence = string.match(generation, '^(%d+)-(%d+)')
    epoch, sequence = tonumber(epoch or 0), tonumber(sequence or 0)
    return epoch > seenEpoch or (epoch == seenEpoch and sequence > seenSequence)
end

local dependencies = ARGV[3]
local late = #ARGV > 8 and (redis.call('GET', ARGV[8]) or '') ~= ARGV[7]
for i = 9, #ARGV, 2 do
    local generation = redis.call('GET', ARGV[i + 1]) or ''
    if generation ~= '' and (late or isNew(generation)) then
        redis.call('UNLINK', KEYS[1])
        return -1
    end
    dependencies = dependencies .. #ARGV[i] .. ':' .. ARGV[i] .. #generation .. ':' .. generation
end

-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2] .. #dependencies .. ':' .. dependencies .. ARGV[4], 'PX', ARGV[5])
return 1
