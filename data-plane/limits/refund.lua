-- Takes back what count.lua counted for a call that was not made after all. Where it was counted has left
-- the window already, there is nothing to take back.
--
-- KEYS[i]      redisKeys.limitCounter, a window
-- ARGV[3i-2]   the sub-bucket it was counted in
-- ARGV[3i-1]   how many it was
-- ARGV[3i]     sub-buckets in a window

local headBytes = 16
local format = "<dI4I4"

for i, key in ipairs(KEYS) do
  local stored = redis.call("GET", key)
  local cost = tonumber(ARGV[3 * i - 1])
  if stored then
    local index, used, latest = struct.unpack(format, stored)
    local back = index - tonumber(ARGV[3 * i - 2])
    if back == 0 and latest >= cost then
      redis.call("SETRANGE", key, 0, struct.pack(format, index, used - cost, latest - cost))
    elseif back > 0 and back <= tonumber(ARGV[3 * i]) then
      local at = headBytes + 4 * (back - 1)
      local counted = struct.unpack("<I4", stored, at + 1)
      if counted >= cost then
        redis.call("SETRANGE", key, 0, struct.pack(format, index, used - cost, latest))
        redis.call("SETRANGE", key, at, struct.pack("<I4", counted - cost))
      end
    end
  end
end
return #KEYS
