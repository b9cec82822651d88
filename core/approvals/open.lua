-- Opens an approval, or attaches to the open one with the same digest.
--
-- KEYS[1] approvalOfDigest   string, id of the open approval of this digest
-- KEYS[2] approval           hash, the new record
-- KEYS[3] approvalIndex      sorted set, id by creation
-- KEYS[4] approvalsPending   sorted set, id by the time at which it needs attention
-- KEYS[5] approvalChannel    channel
--
-- ARGV[1] id of the new record
-- ARGV[2] what the key of every record begins with
-- ARGV[3] request as JSON
-- ARGV[4] digest
-- ARGV[5] quorum
-- ARGV[6] milliseconds to expiry
--
-- Returns {"attached", id}, {"opened", id}, or {"taken"} when the id names another approval.

-- The clock is Redis's own: proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The record of another id shares the hash tag of KEYS, and so their slot.
local openId = redis.call("GET", KEYS[1])
if openId then
  local open = redis.call("HMGET", ARGV[2] .. openId, "state", "expiresAtMs")
  local waits = open[1] == "pending" or open[1] == "approved"
  if waits and now < tonumber(open[2]) then
    return { "attached", openId }
  end
end

if redis.call("EXISTS", KEYS[2]) == 1 then
  return { "taken" }
end

local expiresAt = now + tonumber(ARGV[6])
redis.call("HSET", KEYS[2],
  "request", ARGV[3],
  "digest", ARGV[4],
  "quorum", ARGV[5],
  "state", "pending",
  "createdAtMs", string.format("%d", now),
  "expiresAtMs", string.format("%d", expiresAt))
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[6])
redis.call("ZADD", KEYS[3], now, ARGV[1])
redis.call("ZADD", KEYS[4], expiresAt, ARGV[1])
redis.call("PUBLISH", KEYS[5], ARGV[1])
return { "opened", ARGV[1] }
