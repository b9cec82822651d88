-- Replaces records of what one server says, if they are still those that the writer has read: all of them or none.
--
-- KEYS[1] pins          hash, kind and name by record as JSON
-- KEYS[2] pinTexts      hash, digest by canonical definition; "bytes" by the length of all of them
-- KEYS[3] pinRevisions  hash, server by revision
-- KEYS[4] pinsChannel   channel
--
-- ARGV[1] server
-- ARGV[2] the most records that a server may have for one of these to be added
-- ARGV[3] the most bytes that its texts may have for one to be added
-- ARGV[4] how many records follow, each as kind and name, the record that was read ("" for none), the new record
-- then the texts, each as digest and definition; "" ends one
--
-- Returns the new revision as text, "conflict" when another writer came between, "full" when there is too much.

local count = tonumber(ARGV[4])
local added = 0
for index = 0, count - 1 do
  local key, before = ARGV[5 + 3 * index], ARGV[6 + 3 * index]
  if (redis.call("HGET", KEYS[1], key) or "") ~= before then
    return "conflict"
  end
  if before == "" then
    added = added + 1
  end
end
if added > 0 and redis.call("HLEN", KEYS[1]) + added > tonumber(ARGV[2]) then
  return "full"
end

local texts = 5 + 3 * count
local growth = 0
for index = texts, #ARGV, 2 do
  growth = growth + #ARGV[index + 1] - redis.call("HSTRLEN", KEYS[2], ARGV[index])
end
local bytes = tonumber(redis.call("HGET", KEYS[2], "bytes") or "0")
if growth > 0 and bytes + growth > tonumber(ARGV[3]) then
  return "full"
end

for index = 0, count - 1 do
  redis.call("HSET", KEYS[1], ARGV[5 + 3 * index], ARGV[7 + 3 * index])
end
for index = texts, #ARGV, 2 do
  if ARGV[index + 1] == "" then
    redis.call("HDEL", KEYS[2], ARGV[index])
  else
    redis.call("HSET", KEYS[2], ARGV[index], ARGV[index + 1])
  end
end
redis.call("HINCRBY", KEYS[2], "bytes", growth)
-- The time in it makes it grow also when Redis has lost the last one: proxies refuse pins that are older than theirs.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = tonumber(redis.call("HGET", KEYS[3], ARGV[1]) or "0")
local revision = string.format("%.0f", math.max(before + 1, now))
redis.call("HSET", KEYS[3], ARGV[1], revision)
redis.call("PUBLISH", KEYS[4], ARGV[1])
return revision
