-- Writes a generation for each tag that has lost its own. Without a generation, an entry filled before the tag's first purge would be valid
-- again.
--
-- KEYS: generation keys of tags that were purged before
-- ARGV: a generation that was never used
-- Returns how many tags had none.

local restored = 0
for _, key in ipairs(KEYS) do
    if redis.call('SET', key, ARGV[1], 'NX') then
        restored = restored + 1
    end
end
return restored
