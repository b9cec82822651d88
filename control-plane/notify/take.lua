-- Closes a batch, so that what comes from now on waits for the next one, and tells what is in it.
-- Whoever takes it again, after a failure, finds the same.
--
-- KEYS[1] noticeGather   hash, {open, dueAtMs, notBeforeMs}
-- KEYS[2] noticeBatch    list, ids of approvals
--
-- ARGV[1] batch
-- ARGV[2] how long the next batch waits at least, in milliseconds
--
-- Returns {"too-early", milliseconds until it is due}, or {"taken", id...}.

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call("HGET", KEYS[1], "open") == ARGV[1] then
  local due = tonumber(redis.call("HGET", KEYS[1], "dueAtMs"))
  if now < due then
    return { "too-early", due - now }
  end
  redis.call("HDEL", KEYS[1], "open", "dueAtMs")
  redis.call("HSET", KEYS[1], "notBeforeMs", string.format("%d", now + tonumber(ARGV[2])))
end

local taken = redis.call("LRANGE", KEYS[2], 0, -1)
table.insert(taken, 1, "taken")
return taken
