-- Moves one approval along an edge of its state machine. No other code changes a record that is open,
-- so when operators, clocks, a cancel and a claim race, exactly one of them wins:
--
--   pending   -> approved | denied                    decide, before expiresAtMs
--   pending   -> cancelled                            cancel, before expiresAtMs
--   pending   -> expired                              expire, at or after expiresAtMs
--   pending, approved -> superseded                   supersede, before their clocks have run out
--   approved  -> lapsed                               expire, at or after executeByMs
--   approved  -> revoked                              revoke
--   approved  -> executing                            claim, before executeByMs
--   executing -> succeeded | failed | indeterminate   finish, by the holder of the fence
--   executing -> approved                             giveBack, by the holder of the fence, before executeByMs
--   executing -> indeterminate                        expire, at or after leaseUntilMs
--
-- Every change of the state is written to "edges", one line each: "<state> <ms> <by whom>".
--
-- KEYS[1] approval           hash, the record
-- KEYS[2] approvalsPending   sorted set, id by the time at which it needs attention
-- KEYS[3] approvalChannel    channel
--
-- ARGV[1] id
-- ARGV[2] the name of a function in `edges` below
-- ARGV[3] what the key approvalOfCall begins with
-- ARGV[4] what the key approvalsOfAgent begins with
-- ARGV[5] how long a finished record is kept, in milliseconds
-- ARGV[6..] of the edge; see each function
--
-- Returns {"missing"}, or a list that begins with a word; see each function.

local key, id = KEYS[1], ARGV[1]

-- The clock is Redis's own: control planes and proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local names = { "state", "digest", "identity", "agent", "quorum", "expiresAtMs", "executeByMs",
  "executeWithinMs", "leaseUntilMs", "fence", "keepOutcomeMs", "breakGlass", "review" }
local record = {}
for index, value in ipairs(redis.call("HMGET", key, unpack(names))) do
  record[names[index]] = value or nil
end
local state = record.state
if not state then
  redis.call("ZREM", KEYS[2], id)
  return { "missing" }
end

-- These keys share the hash tag of KEYS, and so their slot.
local ofCall = ARGV[3] .. record.identity
local ofAgent = ARGV[4] .. record.agent

-- A later record of an identical call keeps its own key.
local function isAttached()
  return redis.call("GET", ofCall) == id
end

-- For how long identical calls attach to this record; 0: no longer.
local function attachFor(ms)
  if isAttached() then
    redis.call("PEXPIRE", ofCall, math.floor(ms))
  end
end

local function stamp(field, ms)
  redis.call("HSET", key, field, string.format("%d", ms))
end

local function become(newState, by)
  local line = string.format("\n%s %d ", newState, now) .. string.gsub(by, "%c", " ")
  redis.call("HSET", key, "state", newState, "edges", redis.call("HGET", key, "edges") .. line)
  redis.call("ZREM", ofAgent, id)
  redis.call("PUBLISH", KEYS[3], id)
end

local function close(newState, by, attachedForMs)
  attachFor(attachedForMs)
  redis.call("ZREM", KEYS[2], id)
  stamp("endedAtMs", now)
  -- What one operator alone has approved stays until another has looked at it.
  if not record.breakGlass or record.review then
    redis.call("PEXPIRE", key, ARGV[5])
  end
  become(newState, by)
end

local function lookAgainAt(ms)
  redis.call("ZADD", KEYS[2], ms, id)
end

local edges = {}

-- ARGV[6] operator, ARGV[7] "approve" or "deny", ARGV[8] both and the reason as JSON, ARGV[9] the digest that was shown,
-- ARGV[10] for how many ms an identical call is told of a denial that nobody was told of, ARGV[11] how many denials end it,
-- ARGV[12] "break-glass" to approve alone, else "", ARGV[13] the key approvalsToReview.
-- Returns {"recorded"}, {"digest-differs"}, {"already"} or {"expired"}.
function edges.decide()
  local operator, decision, alone = ARGV[6], ARGV[7], ARGV[12] == "break-glass"
  if ARGV[9] ~= record.digest then
    return { "digest-differs" }
  end
  local before = redis.call("HGET", key, "decided:" .. operator)
  if before == decision and (not alone or record.breakGlass == operator) then
    -- Written again, so that whoever says it again can wait for replicas to have it.
    redis.call("HSET", key, "decided:" .. operator, decision)
    return { "recorded" }
  end
  if state == "expired" then
    return { "expired" }
  end
  if state ~= "pending" then
    return { "already" }
  end
  if now >= tonumber(record.expiresAtMs) then
    return { "expired" }
  end
  -- While others are awaited everybody may change their mind; only the last word counts.
  local counts = { approve = "approvals", deny = "denials" }
  if before then
    redis.call("HINCRBY", key, counts[before], -1)
  end
  local count = redis.call("HINCRBY", key, counts[decision], 1)
  -- The number keeps the order of decisions within a millisecond.
  local number = redis.call("HINCRBY", key, "decisions", 1)
  redis.call("HSET", key,
    "decided:" .. operator, decision,
    "decision:" .. operator, string.format("%d %d ", number, now) .. ARGV[8])
  if alone then
    redis.call("HSET", key, "breakGlass", operator)
    redis.call("ZADD", ARGV[13], now, id)
  end
  if decision == "deny" and count >= tonumber(ARGV[11]) then
    close("denied", operator, ARGV[10])
  elseif decision == "approve" and (alone or count >= tonumber(record.quorum)) then
    local executeBy = now + tonumber(record.executeWithinMs)
    stamp("executeByMs", executeBy)
    lookAgainAt(executeBy)
    attachFor(record.executeWithinMs)
    become("approved", operator)
  else
    redis.call("PUBLISH", KEYS[3], id)
  end
  return { "recorded" }
end

-- Somebody else looks at what one operator alone has approved. ARGV[6] operator, ARGV[7] the review as JSON, ARGV[8] the key
-- approvalsToReview. Returns {"moved"}, {"own"}, {"already"} or {"refused"} when there is nothing to review.
function edges.review()
  if not record.breakGlass then
    return { "refused" }
  end
  if record.review then
    return { "already" }
  end
  if string.lower(record.breakGlass) == string.lower(ARGV[6]) then
    return { "own" }
  end
  redis.call("HSET", key, "review", string.format("%d ", now) .. ARGV[7])
  redis.call("ZREM", ARGV[8], id)
  if redis.call("HEXISTS", key, "endedAtMs") == 1 then
    redis.call("PEXPIRE", key, ARGV[5])
  end
  redis.call("PUBLISH", KEYS[3], id)
  return { "moved" }
end

-- Ends what its own clock has ended. Returns {"ended", state}, {"too-early", remaining ms} or {"not-pending", state}.
function edges.expire()
  local clocks = {
    pending = { at = record.expiresAtMs, to = "expired", attachedForMs = 0 },
    approved = { at = record.executeByMs, to = "lapsed", attachedForMs = 0 },
    -- Whether the call of a proxy that is gone reached its upstream nobody knows.
    executing = { at = record.leaseUntilMs, to = "indeterminate", attachedForMs = record.keepOutcomeMs },
  }
  local clock = clocks[state]
  if not clock then
    return { "not-pending", state }
  end
  local at = tonumber(clock.at)
  if now < at then
    return { "too-early", at - now }
  end
  close(clock.to, "clock", clock.attachedForMs)
  return { "ended", clock.to }
end

-- ARGV[6] by whom, ARGV[7] reason. Returns {"moved"} or {"refused"}.
function edges.cancel()
  -- Who decides too late is told that it expired: nothing else may come of it then.
  if state ~= "pending" or now >= tonumber(record.expiresAtMs) then
    return { "refused" }
  end
  redis.call("HSET", key, "endReason", ARGV[7])
  close("cancelled", ARGV[6], 0)
  return { "moved" }
end

-- ARGV[6] operator, ARGV[7] reason, ARGV[8] as ARGV[10] of decide. Returns {"moved"} or {"refused"}.
function edges.revoke()
  if state ~= "approved" then
    return { "refused" }
  end
  redis.call("HSET", key, "endReason", ARGV[7])
  close("revoked", ARGV[6], ARGV[8])
  return { "moved" }
end

-- ARGV[6] by whom, ARGV[7] reason. Returns {"moved"} or {"refused"}.
function edges.supersede()
  if state ~= "pending" and state ~= "approved" then
    return { "refused" }
  end
  if now >= tonumber(state == "pending" and record.expiresAtMs or record.executeByMs) then
    return { "refused" }
  end
  redis.call("HSET", key, "endReason", ARGV[7])
  close("superseded", ARGV[6], 0)
  return { "moved" }
end

-- Another policy asks for the same. ARGV[6] its version. Returns {"moved"} or {"refused"}.
function edges.confirm()
  if state ~= "pending" and state ~= "approved" then
    return { "refused" }
  end
  redis.call("HSET", key, "confirmedVersion", ARGV[6])
  return { "moved" }
end

-- ARGV[6] fence, ARGV[7] ms for which the fence holds, ARGV[8] proxy. Returns {"moved"} or {"refused"}.
function edges.claim()
  if state ~= "approved" or now >= tonumber(record.executeByMs) then
    return { "refused" }
  end
  local leaseUntil = now + tonumber(ARGV[7])
  redis.call("HSET", key, "fence", ARGV[6], "claimedBy", ARGV[8])
  stamp("leaseUntilMs", leaseUntil)
  lookAgainAt(leaseUntil)
  if tonumber(record.keepOutcomeMs) > 0 then
    attachFor(ARGV[5])
  else
    attachFor(0)
  end
  become("executing", ARGV[8])
  return { "moved" }
end

-- Prolongs the fence. ARGV[6] fence, ARGV[7] ms. Returns {"moved"}, or {"refused"} when it holds no more.
function edges.renew()
  if state ~= "executing" or record.fence ~= ARGV[6] or now >= tonumber(record.leaseUntilMs) then
    return { "refused" }
  end
  local leaseUntil = now + tonumber(ARGV[7])
  stamp("leaseUntilMs", leaseUntil)
  lookAgainAt(leaseUntil)
  return { "moved" }
end

-- ARGV[6] fence, ARGV[7] final state, ARGV[8] reason, ARGV[9] proxy, ARGV[10] 1 when identical calls ask anew at once,
-- ARGV[11] what it answered, sealed, or "", ARGV[12] for how many ms that is kept, ARGV[13] the key approvalOutcome.
-- Returns {"moved"}, {"settled"} when it had been given up as indeterminate, or {"refused"}.
function edges.finish()
  if record.fence ~= ARGV[6] then
    return { "refused" }
  end
  -- In the same step: who sees that it ended finds what it answered.
  if ARGV[11] ~= "" then
    redis.call("SET", ARGV[13], ARGV[11], "PX", ARGV[12])
  end
  if state == "indeterminate" and redis.call("HSETNX", key, "settledAs", ARGV[7]) == 1 then
    attachFor(record.keepOutcomeMs)
    redis.call("PUBLISH", KEYS[3], id)
    return { "settled" }
  end
  if state ~= "executing" then
    return { "refused" }
  end
  if ARGV[8] ~= "" then
    redis.call("HSET", key, "endReason", ARGV[8])
  end
  close(ARGV[7], ARGV[9], ARGV[10] == "1" and 0 or record.keepOutcomeMs)
  return { "moved" }
end

-- Undoes a claim of which nothing was sent. ARGV[6] fence, ARGV[7] proxy. Returns {"moved"} or {"refused"}.
function edges.giveBack()
  if state ~= "executing" or record.fence ~= ARGV[6] or now >= tonumber(record.leaseUntilMs) then
    return { "refused" }
  end
  local executeBy = tonumber(record.executeByMs)
  if now >= executeBy then
    return { "refused" }
  end
  redis.call("HDEL", key, "fence", "claimedBy", "leaseUntilMs")
  lookAgainAt(executeBy)
  -- Where no outcome is kept, the claim let identical calls attach no longer.
  redis.call("SET", ofCall, id, "PX", executeBy - now, "NX")
  attachFor(executeBy - now)
  become("approved", ARGV[7])
  return { "moved" }
end

-- The first who comes sees to it that the opening is recorded and timed. Returns {"moved"} or {"refused"}.
function edges.announce()
  if redis.call("HSETNX", key, "announced", 1) == 1 then
    return { "moved" }
  end
  return { "refused" }
end

-- Counts a wait that ended undecided. Returns {"moved"}.
function edges.countWait()
  redis.call("HINCRBY", key, "waits", 1)
  return { "moved" }
end

-- The agent was told how it ended: an identical call asks anew. Returns {"moved"} or {"refused"}.
function edges.told()
  if state ~= "denied" and state ~= "revoked" then
    return { "refused" }
  end
  attachFor(0)
  return { "moved" }
end

return edges[ARGV[2]]()
