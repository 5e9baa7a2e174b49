-- Applies a purge from the bus to one region's Redis: drops keys, renews tags, and publishes their names. Idempotent and independent of
-- order.
--
-- KEYS: watermark, late marker, the registry of lineages, the keys to drop, the tags' generation keys
-- ARGV: epoch and sequence (both 0 for a purge that has no watermark yet), number of keys to drop (-1: everything but the lineages' own
--       names), a text unique to this call, the purge channel ('' publishes nothing, in a cluster), the names to publish there (their
--       hashes, or '*' for all), the lineage
-- Returns how many of the keys existed; 0 for everything in Garnet.

-- A generation must never equal an earlier one. When replication catches up later, it writes epoch-sequence for this and for older
-- purges again, so generations written here also carry the call's unique text.
local generation = ARGV[1] .. '-' .. ARGV[2] .. '-' .. ARGV[4]

-- Returns whether this purge is newer than a position.
local function isNewer(position)
    local epoch, sequence = string.match(position or '', '^(%d+)-(%d+)')
    epoch, sequence = tonumber(epoch or 0), tonumber(sequence or 0)
    return tonumber(ARGV[1]) > epoch or (tonumber(ARGV[1]) == epoch and tonumber(ARGV[2]) > sequence)
end

-- Keeps a generation that this or a later purge wrote. A purge without a watermark keeps the generation's place in the order of purges, so
-- that each purge that gets a watermark later renews the tag again.
local function renew(key)
    local current = redis.call('GET', key) or nil
    if ARGV[1] == '0' then
        generation = (string.match(current or '', '^%d+%-%d+') or '0-0') .. '-' .. ARGV[4]
    end
    if ARGV[1] == '0' or isNewer(current) then
        -- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
        redis.call('UNLINK', key)
        redis.call('SET', key, generation)
    end
end

local dropped = 0
local last = 3 + math.max(0, tonumber(ARGV[3]))
if ARGV[3] == '-1' then
    -- In Garnet, DBSIZE waits for ever for a key that the script itself has locked.
    local before = isGarnet() and 0 or redis.call('DBSIZE')
    local kept = dropEverything(KEYS[3], ARGV[7])
    dropped = math.max(0, before - kept)
elseif last > 3 then
    dropped = redis.call('UNLINK', unpack(KEYS, 4, last))
end
for i = last + 1, #KEYS do
    renew(KEYS[i])
end
if last < #KEYS and not isNewer(redis.call('GET', KEYS[1]) or nil) then
    redis.call('UNLINK', KEYS[2])
    redis.call('SET', KEYS[2], ARGV[4])
end

-- Without a watermark, because an agent applies purges in any order.
if ARGV[5] ~= '' then
    redis.call('PUBLISH', ARGV[5], '1 - - ' .. ARGV[6])
end
return dropped
