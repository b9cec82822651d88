-- Counts one call against every quota that applies to it: all of them, or none.
--
-- A window is a string: the index of its latest sub-bucket (double), the calls that still count and those of
-- the latest sub-bucket (32 bits each), then the calls of each sub-bucket before it, the nearest first. A call
-- counts until the last moment of its sub-bucket has left the window, so that no window of that length ever
-- holds more calls than the limit, whatever the offset. Leases are a sorted set: lease by its end.
--
-- KEYS[i]        redisKeys.limitCounter
-- ARGV[1]        id of the call's lease
-- ARGV[2]        milliseconds that a lease lasts unless it is renewed
-- ARGV[6i-3]     what it is: 0 a window; 1 a window whose emptiness is counted; 2 the window that counts those
--                since the one before; 3 leases
-- ARGV[6i-2]     how many are allowed
-- ARGV[6i-1]     how many this call is
-- ARGV[6i]       width of a sub-bucket in microseconds
-- ARGV[6i+1]     sub-buckets in a window
-- ARGV[6i+2]     0 counts and refuses; 1 counts, never refuses (shadow); 2 refuses, never counts; 3 neither
--
-- Returns three numbers for each key: what is left after this call, the microseconds until there is room
-- (0: there was; for leases -1: nobody knows), and the sub-bucket it was counted in.

-- The clock is Redis's own: proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local nowMs = math.floor(now / 1000)

local headBytes = 16
local format = "<dI4I4"

-- What a window holds at this moment. `rolled`: not as it is stored.
local function readWindow(key, width, buckets)
  local current = math.floor(now / width)
  local stored = redis.call("GET", key)
  if not stored then
    return { index = current, used = 0, latest = 0, older = string.rep("\0", 4 * buckets), rolled = true, empty = true }
  end
  local index, used, latest = struct.unpack(format, stored)
  local steps = current - index
  if steps <= 0 and steps >= -buckets then
    -- A clock that stepped back a little counts on where it was.
    return { index = index, used = used, latest = latest, stored = stored }
  end
  local older
  if steps < 0 then
    -- It stepped back by more than a window: what was counted counts as of now, so that nothing is forgotten.
    latest, older = used, string.rep("\0", 4 * buckets)
  elseif steps > buckets then
    used, latest, older = 0, 0, string.rep("\0", 4 * buckets)
  else
    local gone = { struct.unpack("<" .. string.rep("I4", steps), stored, headBytes + 4 * (buckets - steps) + 1) }
    for position = 1, steps do
      used = used - gone[position]
    end
    older = string.rep("\0", 4 * (steps - 1)) .. struct.pack("<I4", latest)
      .. string.sub(stored, headBytes + 1, headBytes + 4 * (buckets - steps))
    latest = 0
  end
  return { index = current, used = used, latest = latest, older = older, rolled = true }
end

-- The oldest sub-buckets leave first; the wait ends when enough of them have left.
local function waitFor(window, allowed, cost, width, buckets)
  local older = window.older or string.sub(window.stored, headBytes + 1)
  local used = window.used
  for back = buckets, 1, -1 do
    used = used - struct.unpack("<I4", older, 4 * back - 3)
    if used + cost <= allowed then
      return (window.index - back + buckets + 1) * width - now
    end
  end
  return (window.index + buckets + 1) * width - now
end

-- Leases that ended are swept here, also when the call is refused: they count for nobody.
local function readLeases(key)
  redis.call("ZREMRANGEBYSCORE", key, "-inf", nowMs)
  local held = redis.call("ZSCORE", key, ARGV[1])
  return { used = redis.call("ZCARD", key), held = held }
end

local counters, refused, begun = {}, false, 0
for i, key in ipairs(KEYS) do
  local kind, mode = ARGV[6 * i - 3], tonumber(ARGV[6 * i + 2])
  local allowed, cost = tonumber(ARGV[6 * i - 2]), tonumber(ARGV[6 * i - 1])
  local width, buckets = tonumber(ARGV[6 * i]), tonumber(ARGV[6 * i + 1])
  local counter
  if kind == "3" then
    counter = readLeases(key)
    if counter.held then cost = 0 end
  elseif kind == "2" and begun == 0 then
    -- The usual case: nothing new, so there is nothing to read.
    counter, cost = { used = 0, idle = true }, 0
  else
    counter = readWindow(key, width, buckets)
    if kind == "1" and counter.empty then begun = begun + 1 end
    if kind == "2" then cost = begun end
  end
  if kind == "2" then begun = 0 end
  counter.cost = cost
  counter.left = math.max(allowed - counter.used, 0)
  counter.wait = 0
  if cost > 0 and counter.used + cost > allowed then
    counter.wait = kind == "3" and -1 or waitFor(counter, allowed, cost, width, buckets)
    if mode == 0 or mode == 2 then refused = true end
  end
  counters[i] = counter
end

local function write(i, key, counter)
  if ARGV[6 * i - 3] == "3" then
    redis.call("ZADD", key, nowMs + ARGV[2], ARGV[1])
    redis.call("PEXPIRE", key, ARGV[2])
    return
  end
  local head = struct.pack(format, counter.index, counter.used + counter.cost, counter.latest + counter.cost)
  if counter.rolled then
    local lives = math.ceil((ARGV[6 * i + 1] + 1) * ARGV[6 * i] / 1000)
    redis.call("SET", key, head .. counter.older, "PX", lives)
  else
    redis.call("SETRANGE", key, 0, head)
  end
end

local answer = {}
for i, key in ipairs(KEYS) do
  local counter, mode = counters[i], tonumber(ARGV[6 * i + 2])
  local counts = not refused and counter.wait == 0 and mode < 2
  if counts and not counter.idle then
    if counter.cost > 0 or counter.held then write(i, key, counter) end
    counter.left = counter.left - counter.cost
  end
  answer[3 * i - 2] = counter.left
  answer[3 * i - 1] = counter.wait
  answer[3 * i] = counter.index or 0
end
return answer
