-- Notes what an agent or session reads, with where it read it first, and traces of what it says.
-- KEYS: 1 labels  2 traces of what is private  3 names, "u:" where something untrusted said them first, "t:" where anything else did
-- ARGV: 1 time to live in ms  2 source  3 "u" or "t"  4 private traces, and 5 names, with commas between  then labels
local ttl, source, origin = ARGV[1], ARGV[2], ARGV[3]
local maxTraces, maxNames, maxSources = 30000, 20000, 1000
-- Lua has room for twice as many arguments, and a few.
local most = 2000

for i = 6, #ARGV do
  redis.call('HSETNX', KEYS[1], ARGV[i], source)
end

local function inBatches(list, take)
  local batch = {}
  for digest in string.gmatch(list, '[^,]+') do
    batch[#batch + 1] = digest
    if #batch >= most then
      take(batch)
      batch = {}
    end
  end
  if #batch > 0 then take(batch) end
end

if #ARGV[4] + #ARGV[5] > 0 then
  local number = redis.call('HINCRBY', KEYS[1], 'sources', 1)
  redis.call('HSET', KEYS[1], 'source:' .. number, source)
  redis.call('HDEL', KEYS[1], 'source:' .. (number - maxSources))
  inBatches(ARGV[4], function(batch)
    local scored = {}
    for i = 1, #batch do
      scored[2 * i - 1], scored[2 * i] = number, batch[i]
    end
    redis.call('ZADD', KEYS[2], unpack(scored))
  end)
  inBatches(ARGV[5], function(batch)
    local others, scored = {}, {}
    for i = 1, #batch do
      others[i] = (origin == 'u' and 't:' or 'u:') .. batch[i]
    end
    local saidBefore = redis.call('ZMSCORE', KEYS[3], unpack(others))
    for i = 1, #batch do
      if not saidBefore[i] then
        scored[#scored + 1] = number
        scored[#scored + 1] = origin .. ':' .. batch[i]
      end
    end
    if #scored > 0 then redis.call('ZADD', KEYS[3], 'NX', unpack(scored)) end
  end)
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -maxTraces - 1)
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -maxNames - 1)
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ttl)
end
return 1
