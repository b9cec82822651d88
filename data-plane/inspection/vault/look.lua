-- Looks up sealed values of one session.
-- KEYS: 1 values (field: token)  2 when each ends, in ms
-- ARGV: tokens
-- Returns: for each the sealed value, or false where none is kept, or its time is over
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for i, token in ipairs(ARGV) do
  local ends = redis.call('ZSCORE', KEYS[2], token)
  found[i] = ends and tonumber(ends) > now and redis.call('HGET', KEYS[1], token)
end
return found
