-- Renews the leases of calls that are still under way. One that ended meanwhile, since Redis was not reached
-- in time, begins again: the call is under way, whatever that makes of the limit.
--
-- KEYS[1]     redisKeys.limitCounter, leases
-- ARGV[1]     milliseconds that a lease lasts
-- ARGV[i>1]   leases

local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #ARGV do
  redis.call("ZADD", KEYS[1], nowMs + ARGV[1], ARGV[i])
end
redis.call("PEXPIRE", KEYS[1], ARGV[1])
return #ARGV - 1
