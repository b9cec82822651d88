-- Replaces one agent's record, if it is still the one that the writer has read.
--
-- KEYS[1] agents           hash, id by record as JSON
-- KEYS[2] agentsRevision   string, grows with each change
-- KEYS[3] agentsChannel    channel
--
-- ARGV[1] id
-- ARGV[2] the record that was read; empty: there was none
-- ARGV[3] the new record; empty: none
--
-- Returns the new revision, or 0 when another writer came between. Publishes what it was, what it is, and whose it is.

local current = redis.call("HGET", KEYS[1], ARGV[1]) or ""
if current ~= ARGV[2] then
  return 0
end

if ARGV[3] == "" then
  redis.call("HDEL", KEYS[1], ARGV[1])
else
  redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
end
-- The time in it makes it grow also when Redis has lost the last one: proxies refuse tables that are older than theirs.
local time = redis.call("TIME")
local before = redis.call("GET", KEYS[2]) or "0"
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local revision = string.format("%.0f", math.max(tonumber(before) + 1, now))
redis.call("SET", KEYS[2], revision)
redis.call("PUBLISH", KEYS[3], before .. " " .. revision .. " " .. ARGV[1])
return tonumber(revision)
