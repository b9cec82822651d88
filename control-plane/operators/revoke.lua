-- Removes an operator, unless nobody could administer the gateway any more.
--
-- KEYS[1] operators   hash, name by record as JSON
--
-- ARGV[1] name
--
-- Returns {"missing"}, {"last-admin"} or {"revoked", record}.

local record = redis.call("HGET", KEYS[1], ARGV[1])
if not record then
  return { "missing" }
end

if cjson.decode(record).role == "admin" then
  local admins = 0
  for _, other in ipairs(redis.call("HVALS", KEYS[1])) do
    if cjson.decode(other).role == "admin" then
      admins = admins + 1
    end
  end
  if admins == 1 then
    return { "last-admin" }
  end
end

redis.call("HDEL", KEYS[1], ARGV[1])
return { "revoked", record }
