-- Removes the rows of proxies that were not seen for long.
--
-- KEYS[1] fleet   hash, proxy id by row as JSON
--
-- ARGV[1] milliseconds without a sign of life
--
-- Returns how many rows it removed.

-- The clock is Redis's own, as in the rows.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local removed = 0
local rows = redis.call("HGETALL", KEYS[1])
for index = 1, #rows, 2 do
  if now - cjson.decode(rows[index + 1]).lastSeenAtMs > tonumber(ARGV[1]) then
    removed = removed + redis.call("HDEL", KEYS[1], rows[index])
  end
end
return removed
