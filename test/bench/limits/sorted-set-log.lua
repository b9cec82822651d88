-- The exact log: each call is a member of a sorted set by its time. All windows, or none.
--
-- KEYS[i]     one window
-- ARGV[1]     unique name of the call
-- ARGV[2i]    calls allowed
-- ARGV[2i+1]  length in microseconds
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
for i, key in ipairs(KEYS) do
  redis.call("ZREMRANGEBYSCORE", key, "-inf", now - ARGV[2 * i + 1])
  if redis.call("ZCARD", key) >= tonumber(ARGV[2 * i]) then
    local oldest = redis.call("ZRANGE", key, 0, 0, "WITHSCORES")
    return { 0, oldest[2] + ARGV[2 * i + 1] - now }
  end
end
for i, key in ipairs(KEYS) do
  redis.call("ZADD", key, now, ARGV[1])
  redis.call("PEXPIRE", key, math.ceil(ARGV[2 * i + 1] / 1000))
end
return { 1, 0 }
