-- What an agent or session has read. Having looked keeps it.
-- KEYS: 1 labels
-- ARGV: 1 time to live in ms
local labels = redis.call('HGETALL', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return labels
