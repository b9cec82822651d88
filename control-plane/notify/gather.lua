-- Puts one approval into the batch that fills now, once for each kind and notifier.
--
-- KEYS[1] approvalDeliveries   hash, "<kind>~<notifier>" -> "<state> <ms> <attempts> <batch> <detail>"
-- KEYS[2] noticeGather         hash, {open, dueAtMs, notBeforeMs}
--
-- ARGV[1] "<kind>~<notifier>"
-- ARGV[2] id of the approval
-- ARGV[3] what the key noticeBatch of this group begins with
-- ARGV[4] how long the first of a batch waits for others, in milliseconds
-- ARGV[5] how long all of this is kept, in milliseconds
--
-- Returns {"told"} when the message was sent or given up, else {"waits", batch, milliseconds until it is due}.

-- The clock is Redis's own: control planes disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function waits(batch)
  local due = tonumber(redis.call("HGET", KEYS[2], "dueAtMs") or 0)
  return { "waits", batch, math.max(0, due - now) }
end

local known = redis.call("HGET", KEYS[1], ARGV[1])
if known then
  local state, batch = string.match(known, "^(%S+) %d+ %d+ (%S+)")
  if state == "waiting" or state == "retrying" then
    return waits(batch)
  end
  return { "told" }
end

local open = redis.call("HGET", KEYS[2], "open")
if not open then
  local notBefore = tonumber(redis.call("HGET", KEYS[2], "notBeforeMs") or 0)
  open = string.format("%d-%s", now, ARGV[2])
  redis.call("HSET", KEYS[2],
    "open", open,
    "dueAtMs", string.format("%d", math.max(now + tonumber(ARGV[4]), notBefore)))
end
redis.call("PEXPIRE", KEYS[2], ARGV[5])

-- The batch shares the hash tag of KEYS, and so their slot.
local batch = ARGV[3] .. open
redis.call("RPUSH", batch, ARGV[2])
redis.call("PEXPIRE", batch, ARGV[5])
redis.call("HSET", KEYS[1], ARGV[1], string.format("waiting %d 0 %s ", now, open))
redis.call("PEXPIRE", KEYS[1], ARGV[5])
return waits(open)
