-- What an agent or session has read, and which of some traces come from there. Having looked keeps it.
-- KEYS: 1 labels  2 traces of what is private  3 names
-- ARGV: 1 time to live in ms  2 number of labels  3 number of private traces  then labels, traces, names
-- Returns: sources of the labels, {place in ARGV, source number, source} of each hit, whether there are private traces
local ttl, labels, traces = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local maxHits = 100
local firstTrace = 4 + labels
local firstName = firstTrace + traces

local sources = redis.call('HMGET', KEYS[1], unpack(ARGV, 4, firstTrace - 1))
local hits = {}
for i = firstTrace, #ARGV do
  if #hits >= maxHits then break end
  local number
  if i < firstName then
    number = redis.call('ZSCORE', KEYS[2], ARGV[i])
  else
    number = redis.call('ZSCORE', KEYS[3], 'u:' .. ARGV[i])
  end
  if number then
    hits[#hits + 1] = { i - firstTrace, redis.call('HGET', KEYS[1], 'source:' .. number) or '' }
  end
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ttl)
end
return { sources, hits, redis.call('EXISTS', KEYS[2]) }
