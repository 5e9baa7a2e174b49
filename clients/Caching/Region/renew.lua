-- Renews tags in one region's Redis only, and publishes their names to the region's processes.
--
-- KEYS: watermark, late marker, the tags' generation keys
-- ARGV: a text unique to this call, the purge channel, the names to publish there

local shown = string.match(redis.call('GET', KEYS[1]) or '', '^%d+%-%d+$') or '0-0'
for i = 3, #KEYS do
    redis.call('SET', KEYS[i], shown .. '-' .. ARGV[1])
end

-- These generations are no newer than the watermark, so readers can't order them.
redis.call('SET', KEYS[2], ARGV[1])
redis.call('PUBLISH', ARGV[2], '1 - - ' .. ARGV[3])
return 1
