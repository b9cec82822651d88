-- Opens an approval, or attaches to the one of an identical call.
--
-- KEYS[1] approvalOfCall     string, id of the approval that identical calls attach to
-- KEYS[2] approval           hash, the new record
-- KEYS[3] approvalIndex      sorted set, id by creation
-- KEYS[4] approvalsPending   sorted set, id by the time at which it needs attention
-- KEYS[5] approvalChannel    channel
-- KEYS[6] approvalsOfAgent   sorted set, id of the agent's pending approvals by expiry
--
-- ARGV[1] id of the new record
-- ARGV[2] what the key of every record begins with
-- ARGV[3] request as JSON
-- ARGV[4] digest
-- ARGV[5] identity of the call
-- ARGV[6] agent
-- ARGV[7] quorum
-- ARGV[8] milliseconds to expiry
-- ARGV[9] milliseconds from approval until it lapses
-- ARGV[10] milliseconds for which an outcome is given to identical calls
-- ARGV[11] how many approvals of the agent may be pending
-- ARGV[12] how many approvals may be unfinished altogether
--
-- Returns {"attached", id}, {"opened", id}, {"taken"} when the id names another approval,
-- or {"too-many", "agent" | "all"}.

-- The clock is Redis's own: proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The record of another id shares the hash tag of KEYS, and so their slot.
local openId = redis.call("GET", KEYS[1])
if openId then
  local open = redis.call("HMGET", ARGV[2] .. openId, "state", "expiresAtMs", "executeByMs")
  local isOver = (open[1] == "pending" and now >= tonumber(open[2]))
    or (open[1] == "approved" and now >= tonumber(open[3]))
  -- What ended keeps its key only for as long as identical calls are to hear of it.
  if open[1] and not isOver then
    return { "attached", openId }
  end
end

if redis.call("EXISTS", KEYS[2]) == 1 then
  return { "taken" }
end
-- Those that expired and were not swept yet do not count.
redis.call("ZREMRANGEBYSCORE", KEYS[6], 0, now)
if redis.call("ZCARD", KEYS[6]) >= tonumber(ARGV[11]) then
  return { "too-many", "agent" }
end
if redis.call("ZCARD", KEYS[4]) >= tonumber(ARGV[12]) then
  return { "too-many", "all" }
end

local expiresAt = now + tonumber(ARGV[8])
redis.call("HSET", KEYS[2],
  "request", ARGV[3],
  "digest", ARGV[4],
  "identity", ARGV[5],
  "agent", ARGV[6],
  "quorum", ARGV[7],
  "executeWithinMs", ARGV[9],
  "keepOutcomeMs", ARGV[10],
  "state", "pending",
  "edges", string.format("pending %d ", now) .. ARGV[6],
  "createdAtMs", string.format("%d", now),
  "expiresAtMs", string.format("%d", expiresAt))
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[8])
redis.call("ZADD", KEYS[3], now, ARGV[1])
redis.call("ZADD", KEYS[4], expiresAt, ARGV[1])
redis.call("ZADD", KEYS[6], expiresAt, ARGV[1])
redis.call("PEXPIREAT", KEYS[6], math.max(expiresAt, now + redis.call("PTTL", KEYS[6])))
redis.call("PUBLISH", KEYS[5], ARGV[1])
return { "opened", ARGV[1] }
