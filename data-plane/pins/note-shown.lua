-- Notes what an agent was shown of one list, and drops what was noted longest ago of its other lists.
--
-- KEYS[1] shownLists  hash, list by what was shown of it as JSON
-- KEYS[2] shownOrder  sorted set, list by when it was shown
--
-- ARGV[1] list
-- ARGV[2] milliseconds for which it is remembered
-- ARGV[3] the most lists of one agent
-- ARGV[4] the most names in one list
-- ARGV[5] "1" when the list begins here: what was shown before is over
-- then the names, each followed by the digest of its definition
local shown = {}
if ARGV[5] ~= "1" then
  local before = redis.call("HGET", KEYS[1], ARGV[1])
  if before then
    shown = cjson.decode(before)
  end
end
local count = 0
for _ in pairs(shown) do
  count = count + 1
end
for index = 6, #ARGV, 2 do
  if shown[ARGV[index]] == nil then
    count = count + 1
  end
  if count <= tonumber(ARGV[4]) then
    shown[ARGV[index]] = ARGV[index + 1]
  end
end
-- An empty table is an array to cjson.
redis.call("HSET", KEYS[1], ARGV[1], next(shown) and cjson.encode(shown) or "{}")
local time = redis.call("TIME")
redis.call("ZADD", KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])

local excess = redis.call("ZCARD", KEYS[2]) - tonumber(ARGV[3])
if excess > 0 then
  local oldest = redis.call("ZRANGE", KEYS[2], 0, excess - 1)
  redis.call("ZREM", KEYS[2], unpack(oldest))
  redis.call("HDEL", KEYS[1], unpack(oldest))
end
redis.call("PEXPIRE", KEYS[1], ARGV[2])
redis.call("PEXPIRE", KEYS[2], ARGV[2])
return 1
