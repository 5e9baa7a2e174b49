-- Changes the late marker of a cluster's node if the node's watermark has passed a purge whose tags are renewed next.
--
-- KEYS: watermark, late marker
-- ARGV: epoch and sequence of the purge, a text unique to this call

local epoch, sequence = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+)-(%d+)$')
epoch, sequence = tonumber(epoch or 0), tonumber(sequence or 0)
if tonumber(ARGV[1]) < epoch or (tonumber(ARGV[1]) == epoch and tonumber(ARGV[2]) <= sequence) then
    -- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
    redis.call('UNLINK', KEYS[2])
    redis.call('SET', KEYS[2], ARGV[3])
end
