-- Returns the commands that the caller may not run. Runs none of them.
--
-- ARGV: the commands, with their words separated by line feeds

local refused = {}
for _, command in ipairs(ARGV) do
    local words = {}
    for word in string.gmatch(command, '[^\n]+') do
        words[#words + 1] = word
    end
    if not redis.acl_check_cmd(unpack(words)) then
        refused[#refused + 1] = command
    end
end
return refused
