-- Reads the history of applied watermarks, or replaces it if it has not changed since the caller read it.
--
-- KEYS: the history
-- ARGV: the history as the caller read it, the new one ('' to read only)
-- Returns the history after the call and the server's time in microseconds, both as text, and 1 if it was replaced.

-- Reads the time from INFO, because the other scripts need the permission for INFO anyway.
local now = string.match(redis.call('INFO', 'server'), 'server_time_usec:(%d+)')
if not now then
    -- Garnet's INFO lacks it.
    local time = redis.call('TIME')
    now = string.format('%s%06d', time[1], tonumber(time[2]))
end
local held = redis.call('GET', KEYS[1]) or ''
if ARGV[2] == '' or held ~= ARGV[1] then
    return {held, now, 0}
end

-- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2])
return {ARGV[2], now, 1}
