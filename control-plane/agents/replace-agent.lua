-- Replaces one agent's record, if it is still the one that the writer has read.
--
-- KEYS[1] agents           hash, id by record as JSON
-- KEYS[2] agentsRevision   string, counts the changes
-- KEYS[3] agentsChannel    channel
--
-- ARGV[1] id
-- ARGV[2] the record that was read; empty: there was none
-- ARGV[3] the new record; empty: none
--
-- Returns the new revision, or 0 when another writer came between.

local current = redis.call("HGET", KEYS[1], ARGV[1]) or ""
if current ~= ARGV[2] then
  return 0
end

if ARGV[3] == "" then
  redis.call("HDEL", KEYS[1], ARGV[1])
else
  redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
end
local revision = redis.call("INCR", KEYS[2])
redis.call("PUBLISH", KEYS[3], revision)
return revision
