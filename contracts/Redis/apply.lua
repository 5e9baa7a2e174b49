-- Drops keys and renews tags on one region's Redis: a purge that came over the bus. Idempotent, in any order.
--
-- KEYS: watermark, the keys to drop, the tags' generation keys
-- ARGV: epoch, sequence, number of keys to drop (-1: everything but the watermark), a text that no other call has
-- Returns how many keys were there to be dropped.

-- A generation must never equal an earlier one. Replication that catches up later writes epoch-sequence for this and for older purges
-- again, so what is written here carries the call's own text as well.
local generation = ARGV[1] .. '-' .. ARGV[2] .. '-' .. ARGV[4]

-- A generation that a later purge wrote stays.
local function renew(key)
    local epoch, sequence = string.match(redis.call('GET', key) or '', '^(%d+)-(%d+)')
    epoch, sequence = tonumber(epoch or 0), tonumber(sequence or 0)
    if tonumber(ARGV[1]) > epoch or (tonumber(ARGV[1]) == epoch and tonumber(ARGV[2]) > sequence) then
        -- At maxmemory a script may not begin with SET, but a script that has deleted something may go on with it.
        redis.call('UNLINK', key)
        redis.call('SET', key, generation)
    end
end

local dropped = 0
local last = 1 + math.max(0, tonumber(ARGV[3]))
if ARGV[3] == '-1' then
    local shown = redis.call('GET', KEYS[1])
    dropped = redis.call('DBSIZE') - (shown and 1 or 0)
    redis.call('FLUSHDB', 'ASYNC')
    if shown then
        redis.call('SET', KEYS[1], shown)
    end
elseif last > 1 then
    dropped = redis.call('UNLINK', unpack(KEYS, 2, last))
end
for i = last + 1, #KEYS do
    renew(KEYS[i])
end

return dropped
