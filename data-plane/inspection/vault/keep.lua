-- Keeps sealed values of one session, and forgets those whose time is over.
-- KEYS: 1 values (field: token)  2 when each ends, in ms  3 sessions of the agent that keep anything, by when the last of it ends
-- ARGV: 1 for how many ms  2 the session  3 how many values at most  4 how many bytes  5 how many sessions
--       then token and sealed value, in turn
-- Returns: how many there was no room for
-- The clock is Redis's own: proxies disagree about the time.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = now + tonumber(ARGV[1])
local maxValues, maxBytes, maxSessions = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if not redis.call('ZSCORE', KEYS[3], ARGV[2]) and redis.call('ZCARD', KEYS[3]) >= maxSessions then
  return (#ARGV - 5) / 2
end

local bytes = tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0')
local function size(token) return #token + redis.call('HSTRLEN', KEYS[1], token) end
for _, token in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  bytes = bytes - size(token)
  redis.call('HDEL', KEYS[1], token)
  redis.call('ZREM', KEYS[2], token)
end

local count = redis.call('ZCARD', KEYS[2])
local left = 0
for i = 6, #ARGV, 2 do
  local token, sealed = ARGV[i], ARGV[i + 1]
  local isThere = redis.call('ZSCORE', KEYS[2], token)
  local before = isThere and size(token) or 0
  local after = bytes - before + #token + #sealed
  if after > maxBytes or (not isThere and count >= maxValues) then
    left = left + 1
  else
    if not isThere then count = count + 1 end
    bytes = after
    redis.call('HSET', KEYS[1], token, sealed)
    redis.call('ZADD', KEYS[2], ends, token)
  end
end
if count == 0 then return left end
redis.call('HSET', KEYS[1], 'bytes', string.format('%.0f', bytes))
redis.call('ZADD', KEYS[3], ends, ARGV[2])
-- What was kept for longer, under another policy, ends by itself.
for i = 1, 3 do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
end
return left
