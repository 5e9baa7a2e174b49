-- Starts an epoch on the primary, unless the primary is already in it or in a later one.
--
-- KEYS: watermark, the registry of lineages
-- ARGV: epoch, the watermark channel, the lineage
-- Returns the primary's watermark after the call.

registerLineage(KEYS[2], ARGV[3])
local stored = redis.call('GET', KEYS[1])
local epoch = string.match(stored or '', '^(%d+)-%d+$')
if epoch and tonumber(epoch) >= tonumber(ARGV[1]) then
    return stored
end

local watermark = ARGV[1] .. '-0'
redis.call('SET', KEYS[1], watermark)
redis.call('PUBLISH', ARGV[2], watermark)
return watermark
