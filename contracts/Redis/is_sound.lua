-- Reads the marker by which the region's agent reports that readers may use the region's cache.
--
-- KEYS: the marker, the watermark
-- Returns whether it was set in this run of the server (1 or 0), and the watermark ('' for none).

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
return {redis.call('GET', KEYS[1]) == run and 1 or 0, redis.call('GET', KEYS[2]) or ''}
