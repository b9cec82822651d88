-- Accepts a policy as the version after the one that the pusher has seen.
--
-- KEYS[1] policyLatest    string, the latest version
-- KEYS[2] policyVersion   hash, the new version
-- KEYS[3] policyChannel   channel
--
-- ARGV[1] the version before it, 0 for none
-- ARGV[2] policy, binary
-- ARGV[3] digest
-- ARGV[4] author
-- ARGV[5] message
--
-- Returns {"accepted", pushedAtMs} or {"conflict"} when another version came between.

local latest = tonumber(redis.call("GET", KEYS[1]) or "0")
-- A version that exists is never written again, even if the counter was lost.
if latest ~= tonumber(ARGV[1]) or redis.call("EXISTS", KEYS[2]) == 1 then
  return { "conflict" }
end

local time = redis.call("TIME")
local now = string.format("%d", time[1] * 1000 + math.floor(time[2] / 1000))
local version = redis.call("INCR", KEYS[1])
redis.call("HSET", KEYS[2],
  "policy", ARGV[2], "digest", ARGV[3], "author", ARGV[4], "message", ARGV[5], "pushedAtMs", now)
redis.call("PUBLISH", KEYS[3], version)
return { "accepted", now }
