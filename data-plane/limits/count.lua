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

local call, unpackBytes, packBytes, floor = redis.call, struct.unpack, struct.pack, math.floor
local headBytes = 16
local format = "<dI4I4"

-- What a window holds at this moment. `older` is set where that is not as it is stored. Tables are written with
-- all of their fields: growing them would cost as much as Redis's own commands.
local function readWindow(key, width, buckets)
  local current = floor(now / width)
  local stored = call("GET", key)
  if not stored then
    local older = string.rep("\0", 4 * buckets)
    return { index = current, used = 0, latest = 0, older = older, stored = false, empty = true, cost = 0, left = 0, wait = 0 }
  end
  local index, used, latest = unpackBytes(format, stored)
  local steps = current - index
  if steps <= 0 and steps >= -buckets then
    -- A clock that stepped back a little counts on where it was.
    return { index = index, used = used, latest = latest, older = false, stored = stored, empty = false, cost = 0, left = 0, wait = 0 }
  end
  local older
  if steps < 0 then
    -- It stepped back by more than a window: what was counted counts as of now, so that nothing is forgotten.
    latest, older = used, string.rep("\0", 4 * buckets)
  elseif steps > buckets then
    used, latest, older = 0, 0, string.rep("\0", 4 * buckets)
  else
    local gone = { unpackBytes("<" .. string.rep("I4", steps), stored, headBytes + 4 * (buckets - steps) + 1) }
    for position = 1, steps do
      used = used - gone[position]
    end
    older = string.rep("\0", 4 * (steps - 1)) .. packBytes("<I4", latest)
      .. string.sub(stored, headBytes + 1, headBytes + 4 * (buckets - steps))
    latest = 0
  end
  return { index = current, used = used, latest = latest, older = older, stored = stored, empty = false, cost = 0, left = 0, wait = 0 }
end

-- The oldest sub-buckets leave first; the wait ends when enough of them have left.
local function waitFor(window, allowed, cost, width, buckets)
  local older = window.older or string.sub(window.stored, headBytes + 1)
  local used = window.used
  for back = buckets, 1, -1 do
    used = used - unpackBytes("<I4", older, 4 * back - 3)
    if used + cost <= allowed then
      return (window.index - back + buckets + 1) * width - now
    end
  end
  return (window.index + buckets + 1) * width - now
end

-- Leases that ended are swept here, also when the call is refused: they count for nobody.
local function readLeases(key)
  call("ZREMRANGEBYSCORE", key, "-inf", nowMs)
  return { used = call("ZCARD", key), held = call("ZSCORE", key, ARGV[1]), cost = 0, left = 0, wait = 0 }
end

local counters, refused, begun = {}, false, 0
for i = 1, #KEYS do
  local at = 6 * i
  local kind, allowed, cost = ARGV[at - 3], tonumber(ARGV[at - 2]), tonumber(ARGV[at - 1])
  local counter
  if kind == "3" then
    counter = readLeases(KEYS[i])
    if counter.held then cost = 0 end
  elseif kind == "2" and begun == 0 then
    -- The usual case: nothing new, so there is nothing to read.
    counter, cost = { used = 0, idle = true, cost = 0, left = 0, wait = 0 }, 0
  else
    counter = readWindow(KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]))
    if kind == "1" and counter.empty then begun = begun + 1 end
    if kind == "2" then cost = begun end
  end
  if kind == "2" then begun = 0 end
  counter.cost = cost
  counter.left = allowed - counter.used
  if counter.left < 0 then counter.left = 0 end
  if cost > counter.left then
    counter.wait = kind == "3" and -1 or waitFor(counter, allowed, cost, tonumber(ARGV[at]), tonumber(ARGV[at + 1]))
    local mode = ARGV[at + 2]
    if mode == "0" or mode == "2" then refused = true end
  end
  counters[i] = counter
end

local answer = {}
for i = 1, #KEYS do
  local at, counter, left = 6 * i, counters[i], counters[i].left
  local mode = ARGV[at + 2]
  if not refused and counter.wait == 0 and (mode == "0" or mode == "1") and not counter.idle then
    local cost = counter.cost
    left = left - cost
    if ARGV[at - 3] == "3" then
      call("ZADD", KEYS[i], nowMs + ARGV[2], ARGV[1])
      call("PEXPIRE", KEYS[i], ARGV[2])
    elseif cost > 0 then
      local head = packBytes(format, counter.index, counter.used + cost, counter.latest + cost)
      if counter.older then
        local lives = math.ceil((ARGV[at + 1] + 1) * ARGV[at] / 1000)
        call("SET", KEYS[i], head .. counter.older, "PX", lives)
      else
        call("SETRANGE", KEYS[i], 0, head)
      end
    end
  end
  answer[3 * i - 2], answer[3 * i - 1], answer[3 * i] = left, counter.wait, counter.index or 0
end
return answer
