-- Takes dead letters away, each once, whoever else asks for it: returns those that were still there.
-- KEYS: the dead letters; where they go, or nothing. ARGV: their ids.
local taken = {}
for _, id in ipairs(ARGV) do
  local found = redis.call('XRANGE', KEYS[1], id, id)
  if found[1] then
    if KEYS[2] then redis.call('XADD', KEYS[2], '*', unpack(found[1][2])) end
    redis.call('XDEL', KEYS[1], id)
    taken[#taken + 1] = id
  end
end
return taken
