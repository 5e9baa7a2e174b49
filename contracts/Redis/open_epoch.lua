-- Starts an epoch on the primary, unless the primary is already in it or in a later one.
--
-- KEYS: watermark
-- ARGV: epoch, the watermark channel
-- Returns the primary's watermark after the call.

local stored = redis.call('GET', KEYS[1])
local epoch = string.match(stored or '', '^(%d+)-%d+$')
if epoch and tonumber(epoch) >= tonumber(ARGV[1]) then
    return stored
end

local watermark = ARGV[1] .. '-0'
redis.call('SET', KEYS[1], watermark)
redis.call('PUBLISH', ARGV[2], watermark)
return watermark
