-- Reads atomically a region's watermark and the server's whole INFO; sample.lua reads only a few fields.
--
-- KEYS: watermark
-- Returns the watermark ('' for none), the text of INFO.

return {redis.call('GET', KEYS[1]) or '', redis.call('INFO')}
