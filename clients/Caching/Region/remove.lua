-- Drops keys in one region's Redis at once, and publishes their names to the region's processes. The purge that the other regions need
-- arrives later and does the same again.
--
-- KEYS: the keys to drop; none only publishes the names
-- ARGV: the purge channel, the names to publish there
-- Returns how many of the keys existed.

local dropped = #KEYS > 0 and redis.call('UNLINK', unpack(KEYS)) or 0
redis.call('PUBLISH', ARGV[1], '1 - - ' .. ARGV[2])
return dropped
