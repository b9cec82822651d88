-- Notes what an agent or session reads, with where it read it first.
-- KEYS: 1 labels
-- ARGV: 1 time to live in ms, then pairs: label, source
for i = 2, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
