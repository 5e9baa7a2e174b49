-- Shows in one moment what a region's watermark is, which run of the server shows it, and how many errors that run has replied to its
-- primary. A replica that refuses a replicated command goes on with the next one, so a watermark alone does not prove what came before.
--
-- KEYS: watermark
-- Returns the watermark ('' for none), the run, the errors, the keys that were evicted.

local stats = redis.call('INFO', 'stats')
return {
    redis.call('GET', KEYS[1]) or '',
    string.match(redis.call('INFO', 'server'), 'run_id:(%w+)'),
    tonumber(string.match(stats, 'unexpected_error_replies:(%d+)') or 0),
    tonumber(string.match(stats, 'evicted_keys:(%d+)') or 0),
}
