-- Applies one purge batch on the primary, moves the watermark, and publishes the names that it dropped. Atomic, and replicated as one
-- unit: a replica shows the new watermark only after it has dropped the keys.
--
-- KEYS: watermark, carrier, the registry of lineages, the keys to drop, the tags' generation keys
-- ARGV: epoch, number of keys to drop, 'carrier', 'each' or 'everything', the watermark channel, the purge channel, the names to publish
--       there (their hashes, or '*' for all), the lineage, and for a replay the epoch that begins after it. A replay does not move the
--       watermark, and sets tags to the first generation of that next epoch.
-- Returns the new sequence (0 for a replay), or an error EPOCH if the primary is not in that epoch, because a newer one was opened or
-- the primary lost its data.

local stored = redis.call('GET', KEYS[1])
local epoch, sequence = string.match(stored or '', '^(%d+)-(%d+)$')
if epoch ~= ARGV[1] then
    return redis.error_reply('EPOCH the primary shows ' .. (stored or 'no watermark') .. ', not epoch ' .. ARGV[1])
end

local replay = ARGV[8] ~= nil
local watermark = replay and ARGV[8] .. '-0' or string.format('%s-%.0f', epoch, sequence + 1)
local last = 3 + tonumber(ARGV[2])

if ARGV[3] == 'everything' then
    -- The flush is replicated unchanged, even by an empty primary.
    dropEverything(KEYS[3], ARGV[7])
elseif ARGV[3] == 'carrier' then
    -- Redis replicates a delete only if it deleted something, and the primary does not hold the keys that its replicas cache. Deleting
    -- the carrier, which exists, replicates the whole command with all its keys.
    if last > 3 then
        redis.call('SET', KEYS[2], '1')
        redis.call('UNLINK', KEYS[2], unpack(KEYS, 4, last))
    end
else
    -- Some servers rewrite the command and leave out keys that they do not hold, so create each key before deleting it.
    for i = 4, last do
        redis.call('SET', KEYS[i], '1')
        redis.call('UNLINK', KEYS[i])
    end
end

-- Write absolute values only: a replica may hold a value of any type under the name, and INCR would fail there unnoticed.
for i = last + 1, #KEYS do
    redis.call('SET', KEYS[i], watermark)
end
if replay then
    redis.call('PUBLISH', ARGV[5], '1 - - ' .. ARGV[6])
    return 0
end
redis.call('SET', KEYS[1], watermark)
redis.call('PUBLISH', ARGV[5], '1 ' .. watermark .. ' - ' .. ARGV[6])
redis.call('PUBLISH', ARGV[4], watermark)

return sequence + 1
