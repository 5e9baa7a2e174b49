-- Renews one tag in a cluster, where each tag has a slot of its own: writes the generation of a purge, unless this or a later purge wrote
-- it. Idempotent and independent of order. apply.lua does the same for all names of a purge on a single server.
--
-- KEYS: the tag's generation key
-- ARGV: epoch and sequence of the purge (both 0 for one that has no watermark yet), a text unique to this call

local epoch, sequence = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+)-(%d+)')
epoch, sequence = epoch or '0', sequence or '0'
local place = ARGV[1] .. '-' .. ARGV[2]
if ARGV[1] == '0' then
    -- Keeps the place in the order of purges, so that each purge that gets a watermark later renews the tag again.
    place = epoch .. '-' .. sequence
end
epoch, sequence = tonumber(epoch), tonumber(sequence)
if ARGV[1] == '0' or tonumber(ARGV[1]) > epoch or (tonumber(ARGV[1]) == epoch and tonumber(ARGV[2]) > sequence) then
    -- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
    redis.call('UNLINK', KEYS[1])
    redis.call('SET', KEYS[1], place .. '-' .. ARGV[3])
end
