-- Notes what an agent or session reads, with where it read it first, and traces of what it says.
-- KEYS: 1 labels  2 traces of what is private  3 names, "u:" where something untrusted said them first, "t:" where anything else did
-- ARGV: 1 time to live in ms  2 source  3 number of labels  4 number of private traces  5 "u" or "t"  then labels, traces, names
local ttl, source, labels, traces, origin = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local maxTraces, maxNames, maxSources = 30000, 20000, 1000
local firstTrace = 6 + labels
local firstName = firstTrace + traces

for i = 6, firstTrace - 1 do
  redis.call('HSETNX', KEYS[1], ARGV[i], source)
end
if #ARGV >= firstTrace then
  local number = redis.call('HINCRBY', KEYS[1], 'sources', 1)
  redis.call('HSET', KEYS[1], 'source:' .. number, source)
  redis.call('HDEL', KEYS[1], 'source:' .. (number - maxSources))
  for i = firstTrace, firstName - 1 do
    redis.call('ZADD', KEYS[2], number, ARGV[i])
  end
  local other = origin == 'u' and 't:' or 'u:'
  for i = firstName, #ARGV do
    if not redis.call('ZSCORE', KEYS[3], other .. ARGV[i]) then
      redis.call('ZADD', KEYS[3], 'NX', number, origin .. ':' .. ARGV[i])
    end
  end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -maxTraces - 1)
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -maxNames - 1)
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ttl)
end
return 1
