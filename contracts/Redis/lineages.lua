-- The lineages that use this server. The names of all lineages survive a purge of everything, which any of them may request.

-- Adds a lineage to the registry.
local function registerLineage(registry, lineage)
    local held = redis.call('GET', registry) or ''
    if not string.find(' ' .. held .. ' ', ' ' .. lineage .. ' ', 1, true) then
        -- At maxmemory Redis rejects SET as a script's first write, but allows it after a delete.
        redis.call('UNLINK', registry)
        redis.call('SET', registry, held == '' and lineage or held .. ' ' .. lineage)
    end
end

local function isGarnet()
    return string.find(redis.call('INFO', 'server'), 'garnet_version:', 1, true) ~= nil
end

-- Drops the whole database except the registry and each lineage's own names: watermark, checkpoint, and so on. Drops all tags'
-- generations, and what the agents set again: the markers that readers may use the cache, and the lease of the active agent.
-- Returns how many keys were kept.
local function dropEverything(registry, lineage)
    local prefix, shard = string.match(registry, '^(.*)lineages(.*)$')
    local registered = redis.call('GET', registry)
    local kept = {}
    local function keep(key)
        kept[key] = redis.call('GET', key) or nil
    end
    keep(registry)
    for name in string.gmatch((registered or '') .. ' ' .. lineage, '[%w_-]+') do
        for _, own in ipairs({'watermark', 'applied', 'stream', 'late', 'scan', 'database', 'history'}) do
            keep(prefix .. name .. ':' .. own .. shard)
        end
    end

    if isGarnet() then
        -- There, ASYNC deletes what is written later.
        redis.call('FLUSHDB')
    else
        redis.call('FLUSHDB', 'ASYNC')
    end
    local count = 0
    for key, value in pairs(kept) do
        redis.call('SET', key, value)
        count = count + 1
    end
    return count
end

