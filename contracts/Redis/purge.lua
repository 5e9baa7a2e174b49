-- Applies one purge batch on the primary and moves the watermark. Atomic, and one replication unit: a replica shows the new
-- watermark only when it has dropped the keys.
--
-- KEYS: watermark, carrier, the keys to drop, the tags' generation keys
-- ARGV: epoch, number of keys to drop, 'carrier', 'each' or 'everything', the watermark channel, and for a replay the epoch that is to
--       begin when all of it is done: until then the watermark stays, and tags get that epoch's first generation
-- Returns the new sequence (0 for a replay), or an error EPOCH when the primary is not in that epoch: somebody opened a newer one, or it
-- lost its data.

local stored = redis.call('GET', KEYS[1])
local epoch, sequence = string.match(stored or '', '^(%d+)-(%d+)$')
if epoch ~= ARGV[1] then
    return redis.error_reply('EPOCH the primary shows ' .. (stored or 'no watermark') .. ', not epoch ' .. ARGV[1])
end

local replay = ARGV[5] ~= nil
local watermark = replay and ARGV[5] .. '-0' or string.format('%s-%.0f', epoch, sequence + 1)
local last = 2 + tonumber(ARGV[2])

if ARGV[3] == 'everything' then
    -- Propagated as it is, even by a primary that holds nothing.
    redis.call('FLUSHDB', 'ASYNC')
elseif ARGV[3] == 'carrier' then
    -- A delete is propagated only if it deleted something, and a primary does not hold what its replicas cache. The carrier is
    -- there to be deleted: with it the whole command goes out, all keys in it.
    if last > 2 then
        redis.call('SET', KEYS[2], '1')
        redis.call('UNLINK', unpack(KEYS, 2, last))
    end
else
    -- A server that rewrites what it propagates would drop the keys it did not hold: give it each, to take it away.
    for i = 3, last do
        redis.call('SET', KEYS[i], '1')
        redis.call('UNLINK', KEYS[i])
    end
end

-- Absolute values only: a replica may hold anything under a name, and INCR over it would fail there unseen.
for i = last + 1, #KEYS do
    redis.call('SET', KEYS[i], watermark)
end
if replay then
    if ARGV[3] == 'everything' then
        redis.call('SET', KEYS[1], stored)
    end
    return 0
end
redis.call('SET', KEYS[1], watermark)
redis.call('PUBLISH', ARGV[4], watermark)

return sequence + 1
