-- Counts one call against every limit that matches it: all of them, or none.
--
-- Each key is a hash of sub-bucket index → calls. A call counts until the last moment of its
-- sub-bucket has left the window, so that no window of that length ever holds more calls than
-- the limit, whatever the offset.
--
-- KEYS[i]      redisKeys.limitWindow
-- ARGV[5i-4]   calls allowed in a window
-- ARGV[5i-3]   width of a sub-bucket in microseconds
-- ARGV[5i-2]   sub-buckets in a window
-- ARGV[5i-1]   milliseconds after which an untouched key is of no use
-- ARGV[5i]     1: a shadow limit, which refuses nothing
--
-- Returns two numbers for each key: the calls left after this one, and the microseconds until
-- there is room. The second is 0 when there was room.

-- The clock is Redis's own: proxies disagree about the time.
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]

-- Adds up what still counts. Buckets ahead of the present count too (the clock may step back a
-- little), unless they are a whole window ahead: then they are from another time altogether.
local function readWindow(key, current, buckets)
  local live, stale, used = {}, {}, 0
  local fields = redis.call("HGETALL", key)
  for position = 1, #fields, 2 do
    local index = tonumber(fields[position])
    if index < current - buckets or index > current + buckets then
      stale[#stale + 1] = fields[position]
    else
      local calls = tonumber(fields[position + 1])
      live[#live + 1] = { index = index, calls = calls }
      used = used + calls
    end
  end
  return { live = live, stale = stale, used = used }
end

-- The oldest buckets leave first; the wait ends when enough of them have left.
local function waitFor(window, limit, width, buckets)
  table.sort(window.live, function(one, other) return one.index < other.index end)
  local used = window.used
  for _, bucket in ipairs(window.live) do
    used = used - bucket.calls
    if used < limit then
      return (bucket.index + buckets + 1) * width - now
    end
  end
  return (buckets + 1) * width
end

local windows, refused = {}, false
for i, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[5 * i - 4])
  local width = tonumber(ARGV[5 * i - 3])
  local buckets = tonumber(ARGV[5 * i - 2])
  local current = math.floor(now / width)
  local window = readWindow(key, current, buckets)
  window.current = current
  window.left = math.max(limit - window.used, 0)
  window.wait = 0
  if window.left == 0 then
    window.wait = waitFor(window, limit, width, buckets)
    if ARGV[5 * i] ~= "1" then
      refused = true
    end
  end
  windows[i] = window
end

local answer = {}
for i, key in ipairs(KEYS) do
  local window = windows[i]
  if not refused and window.wait == 0 then
    if #window.stale > 0 then
      redis.call("HDEL", key, unpack(window.stale))
    end
    redis.call("HINCRBY", key, string.format("%.0f", window.current), 1)
    redis.call("PEXPIRE", key, ARGV[5 * i - 1])
    window.left = window.left - 1
  end
  answer[#answer + 1] = window.left
  answer[#answer + 1] = window.wait
end
return answer
