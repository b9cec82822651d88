-- What an agent or session has read: sources of labels, and of the lists of traces what the asking proxy has not seen. Having looked keeps it.
-- KEYS: 1 labels  2 private traces  3 names
-- ARGV: 1 time to live in ms  then for each list 2-5, 6-9: whether it is wanted ("1"), the number and the bytes of a record that was seen, the number of the first that was not
--       then labels
-- Returns: sources of the labels, then for each list {number of its oldest record, number of the first record returned, records, whether there are any}
local function part(key, field, at)
  local length = redis.call('STRLEN', key)
  if length == 0 then return { 0, 0, '', 0 } end
  local base = tonumber(redis.call('HGET', KEYS[1], field) or '0')
  if ARGV[at] ~= '1' then return { base, base, '', 1 } end
  local checked, check, stop = tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  local from = base
  if stop > 0 and checked >= base and stop * 8 <= base * 8 + length then
    local there = (checked - base) * 8
    if redis.call('GETRANGE', key, there, there + 7) == check then from = stop end
  end
  return { base, from, redis.call('GETRANGE', key, (from - base) * 8, -1), 1 }
end

local sources = redis.call('HMGET', KEYS[1], unpack(ARGV, 10))
local traces = part(KEYS[2], 'base:traces', 2)
local names = part(KEYS[3], 'base:names', 6)
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return { sources, traces, names }
