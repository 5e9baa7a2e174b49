-- Reads the marker by which the region's agent reports that readers may use the region's cache. On a read-only replica the agent can't
-- write, so it sets a marker on the primary whose name ends with the run of the replica.
--
-- KEYS: the marker, the watermark
-- Returns whether it was set in this run of the server (1 or 0), and the watermark ('' for none).

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local function isSet(marker)
    -- Some servers reject names that are not in KEYS.
    return type(redis.pcall('GET', marker)) == 'string'
end
return {(redis.call('GET', KEYS[1]) == run or isSet(KEYS[1] .. ':' .. run)) and 1 or 0, redis.call('GET', KEYS[2]) or ''}
