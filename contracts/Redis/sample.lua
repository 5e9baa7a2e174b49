-- Reads atomically a region's watermark, the run of its server, and how many replicated commands that run has refused. A replica that
-- refuses a replicated command continues with the next one, so the watermark alone does not prove that all earlier purges were applied.
--
-- KEYS: watermark
-- Returns the watermark ('' for none), the run, the number of refused commands, the number of evicted keys.

local stats = redis.call('INFO', 'stats')
return {
    redis.call('GET', KEYS[1]) or '',
    string.match(redis.call('INFO', 'server'), 'run_id:(%w+)'),
    tonumber(string.match(stats, 'unexpected_error_replies:(%d+)') or 0),
    tonumber(string.match(stats, 'evicted_keys:(%d+)') or 0),
}
