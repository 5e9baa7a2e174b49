-- Reads the history of what was applied when, or replaces it if it is still as the caller read it.
--
-- KEYS: the history
-- ARGV: the history as the caller read it, the new one ('' to read only)
-- Returns the history as it is afterwards and the server's time in microseconds, both as text, and 1 if it was replaced.

-- INFO shows the time of the server, and needs no right that the other scripts do not need.
local now = string.match(redis.call('INFO', 'server'), 'server_time_usec:(%d+)')
local held = redis.call('GET', KEYS[1]) or ''
if ARGV[2] == '' or held ~= ARGV[1] then
    return {held, now, 0}
end

-- At maxmemory a script may not begin with SET, but a script that has deleted something may go on with it.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2])
return {ARGV[2], now, 1}
