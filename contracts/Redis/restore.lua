-- Gives a generation to each tag that has lost its own. Without one an entry that was filled before the tag's first purge is valid again.
--
-- KEYS: generation keys of tags that were purged
-- ARGV: a generation that was never used
-- Returns how many had none.

local restored = 0
for _, key in ipairs(KEYS) do
    if redis.call('SET', key, ARGV[1], 'NX') then
        restored = restored + 1
    end
end
return restored
