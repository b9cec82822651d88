-- Removes consumers of a group that hold nothing and have long done nothing, all in one step: none of them can be given entries meanwhile.
-- KEYS: the stream. ARGV: the group, the consumer that stays, for how many ms the others have done nothing.
local consumers = redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
local removed = 0
for _, fields in ipairs(consumers) do
  local consumer = {}
  for place = 1, #fields, 2 do consumer[fields[place]] = fields[place + 1] end
  if consumer.name ~= ARGV[2] and consumer.pending == 0 and consumer.idle >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed = removed + 1
  end
end
return removed
