-- Moves one approval along an edge of its state machine. No other code changes a record that is open,
-- so when operators, expiry, a cancel and a claim race, exactly one of them wins:
--
--   pending   -> approved | denied        decide
--   pending   -> cancelled                cancel
--   pending, approved -> expired          expire, at or after expiresAtMs
--   approved  -> executing                claim, before expiresAtMs
--   executing -> succeeded | failed | indeterminate   finish, by the claimer
--
-- KEYS[1] approval           hash, the record
-- KEYS[2] approvalsPending   sorted set, id by the time at which it needs attention
-- KEYS[3] approvalChannel    channel
--
-- ARGV[1] id
-- ARGV[2] edge: "decide", "expire", "cancel", "claim" or "finish"
-- ARGV[3] what the key approvalOfDigest begins with
-- ARGV[4] how long a finished record is kept, in milliseconds
-- ARGV[5..] of the edge; see each function
--
-- Returns {"missing"}, or a list that begins with a word; see each function.

local key, id = KEYS[1], ARGV[1]

-- The clock is Redis's own: control planes and proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local fields = redis.call("HMGET", key, "state", "expiresAtMs", "digest", "quorum", "claimedBy")
local state, digest = fields[1], fields[3]
if not state then
  redis.call("ZREM", KEYS[2], id)
  return { "missing" }
end
local expiresAt = tonumber(fields[2])

-- Identical calls may attach to the record no longer. A later record of the same digest keeps its own key.
-- That key shares the hash tag of KEYS, and so their slot.
local function detach()
  local ofDigest = ARGV[3] .. digest
  if redis.call("GET", ofDigest) == id then
    redis.call("DEL", ofDigest)
  end
end

local function announce(newState)
  redis.call("HSET", key, "state", newState)
  redis.call("PUBLISH", KEYS[3], id)
end

local function close(newState)
  detach()
  redis.call("ZREM", KEYS[2], id)
  redis.call("HSET", key, "endedAtMs", string.format("%d", now))
  redis.call("PEXPIRE", key, ARGV[4])
  announce(newState)
end

local edges = {}

-- ARGV[5] operator, ARGV[6] "approve" or "deny", ARGV[7] both and the reason as JSON, ARGV[8] the digest that was shown.
-- Returns {"recorded"}, {"digest-differs"}, {"already"} or {"expired"}.
function edges.decide()
  local operator, decision = ARGV[5], ARGV[6]
  if ARGV[8] ~= digest then
    return { "digest-differs" }
  end
  local before = redis.call("HGET", key, "decided:" .. operator)
  if before == decision then
    return { "recorded" }
  end
  if state == "expired" then
    return { "expired" }
  end
  if state ~= "pending" then
    return { "already" }
  end
  if now >= expiresAt then
    return { "expired" }
  end
  -- Who approved may still deny while others are awaited. The reverse cannot be: a denial ends the record.
  -- The number keeps the order of decisions within a millisecond.
  local number = redis.call("HINCRBY", key, "decisions", 1)
  redis.call("HSET", key,
    "decided:" .. operator, decision,
    "decision:" .. operator, string.format("%d %d ", number, now) .. ARGV[7])
  if decision == "deny" then
    close("denied")
  elseif redis.call("HINCRBY", key, "approvals", 1) >= tonumber(fields[4]) then
    announce("approved")
  else
    announce("pending")
  end
  return { "recorded" }
end

-- Returns {"expired"}, {"too-early", remaining ms} or {"not-pending", state}.
function edges.expire()
  if state ~= "pending" and state ~= "approved" then
    return { "not-pending", state }
  end
  if now < expiresAt then
    return { "too-early", expiresAt - now }
  end
  close("expired")
  return { "expired" }
end

-- ARGV[5] reason. Returns {"moved"} or {"refused"}.
function edges.cancel()
  if state ~= "pending" then
    return { "refused" }
  end
  redis.call("HSET", key, "cancelReason", ARGV[5])
  close("cancelled")
  return { "moved" }
end

-- ARGV[5] proxy, ARGV[6] ms after which somebody looks whether that proxy still lives.
-- Returns {"moved"} or {"refused"}.
function edges.claim()
  if state ~= "approved" or now >= expiresAt then
    return { "refused" }
  end
  detach()
  redis.call("ZADD", KEYS[2], now + tonumber(ARGV[6]), id)
  redis.call("HSET", key, "claimedBy", ARGV[5])
  announce("executing")
  return { "moved" }
end

-- ARGV[5] proxy, ARGV[6] final state. Returns {"moved"} or {"refused"}.
function edges.finish()
  if state ~= "executing" or fields[5] ~= ARGV[5] then
    return { "refused" }
  end
  close(ARGV[6])
  return { "moved" }
end

return edges[ARGV[2]]()
