-- As look.lua, with all that the server says of itself.
--
-- KEYS: watermark
-- Returns the watermark ('' for none), the text of INFO.

return {redis.call('GET', KEYS[1]) or '', redis.call('INFO')}
