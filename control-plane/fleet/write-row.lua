-- Writes the row of one proxy for the stream that serves it.
--
-- KEYS[1] fleet   hash, proxy id by row as JSON
--
-- ARGV[1] proxy id
-- ARGV[2] id of the stream
-- ARGV[3] row
-- ARGV[4] "join" when the stream has just begun, else "update"
--
-- Returns 1, or 0 when a later stream of the same proxy owns the row.

local current = redis.call("HGET", KEYS[1], ARGV[1])
if current and ARGV[4] == "update" and cjson.decode(current).streamId ~= ARGV[2] then
  return 0
end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
return 1
