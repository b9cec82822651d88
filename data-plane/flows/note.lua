-- Notes what an agent or session reads, with where it read it first, and traces of what it says: eight bytes each, behind eight that begin a batch.
-- KEYS: 1 labels  2 private traces  3 names
-- ARGV: 1 time to live in ms  2 source  3 24 random bits
--       then for each list 4-8, 9-13: records, the number of the oldest record that the proxy has left out because it is there (-1: none),
--         the number and the bytes of a record that was seen, the number of the first that was not
--       then labels
-- Returns: false, if what was left out is not there after all, and nothing was noted; or for each list {number of its oldest record, number of the first record that the
--   proxy has not seen, records from there on, or nothing where those are the noted ones alone}, and the record that begins their batch
local maxBytes = { 65536 * 8, 32768 * 8 }
local fields = { 'base:traces', 'base:names' }
local maxSources = 1000

local bases, unseen = {}, {}
for list = 1, 2 do
  local at = 4 + (list - 1) * 5
  local base = tonumber(redis.call('HGET', KEYS[1], fields[list]) or '0')
  local checked, check, stop = tonumber(ARGV[at + 2]), ARGV[at + 3], tonumber(ARGV[at + 4])
  bases[list], unseen[list] = base, base
  if stop > 0 and checked >= base and stop * 8 <= base * 8 + redis.call('STRLEN', KEYS[1 + list]) then
    local there = (checked - base) * 8
    if redis.call('GETRANGE', KEYS[1 + list], there, there + 7) == check then unseen[list] = stop end
  end
  local oldest = tonumber(ARGV[at + 1])
  if oldest >= 0 and (oldest < base or unseen[list] ~= stop) then return false end
end

for i = 14, #ARGV do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[2])
end

local beginning = ''
if #ARGV[4] + #ARGV[9] > 0 then
  local number = redis.call('HINCRBY', KEYS[1], 'sources', 1)
  redis.call('HSET', KEYS[1], 'source:' .. number, ARGV[2])
  redis.call('HDEL', KEYS[1], 'source:' .. (number - maxSources))
  beginning = struct.pack('<I4I4', number % 4294967296, tonumber(ARGV[3]))
end

local function append(list)
  local key, records = KEYS[1 + list], ARGV[4 + (list - 1) * 5]
  local base, from = bases[list], unseen[list]
  local length = redis.call('STRLEN', key)
  if #records == 0 then return { base, from, '' } end
  local isNext = base + length / 8 == from
  length = redis.call('APPEND', key, beginning .. records)
  if length > maxBytes[list] then
    -- A quarter at once, since all that stays is copied.
    local kept = maxBytes[list] / 4 * 3
    redis.call('SET', key, redis.call('GETRANGE', key, length - kept, -1))
    base = base + (length - kept) / 8
    redis.call('HSET', KEYS[1], fields[list], string.format('%.0f', base))
  end
  if isNext then return { base, from, '' } end
  from = math.max(from, base)
  return { base, from, redis.call('GETRANGE', key, (from - base) * 8, -1) }
end
local noted = { append(1), append(2), beginning }
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return noted
