-- Removes the row of one proxy, if it still belongs to the stream that ended.
--
-- KEYS[1] fleet   hash, proxy id by row as JSON
--
-- ARGV[1] proxy id
-- ARGV[2] id of the stream
--
-- Returns how many rows it removed.

local current = redis.call("HGET", KEYS[1], ARGV[1])
if current and cjson.decode(current).streamId == ARGV[2] then
  return redis.call("HDEL", KEYS[1], ARGV[1])
end
return 0
