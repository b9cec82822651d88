-- What an agent or session has read, and which of some traces come from there. Having looked keeps it.
-- KEYS: 1 labels  2 traces of what is private  3 names
-- ARGV: 1 time to live in ms  2 private traces, and 3 names, with commas between  then labels
-- Returns: sources of the labels, {place among the traces, source} of each hit, the same of names, whether there are traces, and names
local maxHits = 100
-- Lua has room for so many arguments, and a few.
local most = 4000

local sources = redis.call('HMGET', KEYS[1], unpack(ARGV, 4))
local function look(key, wanted, prefix)
  local hits, batch, place = {}, {}, 0
  if redis.call('EXISTS', key) == 0 then return hits, 0 end
  local function ask()
    if #batch == 0 or #hits >= maxHits then return end
    local numbers = redis.call('ZMSCORE', key, unpack(batch))
    for i = 1, #batch do
      if numbers[i] and #hits < maxHits then
        hits[#hits + 1] = { place - #batch + i - 1, redis.call('HGET', KEYS[1], 'source:' .. numbers[i]) or '' }
      end
    end
    batch = {}
  end
  for digest in string.gmatch(wanted, '[^,]+') do
    batch[#batch + 1] = prefix .. digest
    place = place + 1
    if #batch >= most then ask() end
  end
  ask()
  return hits, 1
end
local traces, hasTraces = look(KEYS[2], ARGV[2], '')
local names, hasNames = look(KEYS[3], ARGV[3], 'u:')
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return { sources, traces, names, hasTraces, hasNames }
