-- The generic cell rate algorithm with a burst of the whole limit. All windows, or none.
--
-- KEYS[i]     one window
-- ARGV[2i-1]  calls allowed
-- ARGV[2i]    length in microseconds
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local arrivals = {}
for i, key in ipairs(KEYS) do
  local length = tonumber(ARGV[2 * i])
  local arrival = math.max(tonumber(redis.call("GET", key) or now), now) + length / ARGV[2 * i - 1]
  if arrival - now > length then
    return { 0, arrival - length - now }
  end
  arrivals[i] = arrival
end
for i, key in ipairs(KEYS) do
  local lives = math.max(math.ceil((arrivals[i] - now) / 1000), 1)
  redis.call("SET", key, string.format("%.0f", arrivals[i]), "PX", lives)
end
return { 1, 0 }
