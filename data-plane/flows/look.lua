-- What an agent or session has read, and which of some traces come from there. Having looked keeps it.
-- KEYS: 1 labels  2 traces of what is private  3 names
-- ARGV: 1 time to live in ms  2 number of labels  3 number of private traces  then labels, traces, names
-- Returns: sources of the labels, {place among what is looked for, source} of each hit, whether there are private traces, and names
local ttl, labels, traces = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local maxHits = 100
local firstTrace = 4 + labels
local firstName = firstTrace + traces

local sources = redis.call('HMGET', KEYS[1], unpack(ARGV, 4, firstTrace - 1))
local hits = {}
local function look(key, first, last, prefix)
  if redis.call('EXISTS', key) == 0 then return 0 end
  local found = 0
  for i = first, last do
    local number = redis.call('ZSCORE', key, prefix .. ARGV[i])
    if number then
      hits[#hits + 1] = { i - firstTrace, redis.call('HGET', KEYS[1], 'source:' .. number) or '' }
      found = found + 1
      if found >= maxHits then break end
    end
  end
  return 1
end
local hasTraces = look(KEYS[2], firstTrace, firstName - 1, '')
local hasNames = look(KEYS[3], firstName, #ARGV, 'u:')
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ttl)
end
return { sources, hits, hasTraces, hasNames }
