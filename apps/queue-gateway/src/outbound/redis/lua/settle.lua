-- The database knows the admissions: those called are inside. Only what is still noted as called under the same id is
-- touched, so a caller that stalled and woke changes nothing.
-- KEYS room calling inside current   ARGV run serving (INSIDE|SPENT user admissionId)…
local room = redis.call('HMGET', KEYS[1], 'run', 'serving')
if room[1] ~= ARGV[1] then return {} end
if tonumber(ARGV[2]) > tonumber(room[2]) then redis.call('HSET', KEYS[1], 'serving', ARGV[2]) end
local settled = {}
for i = 3, #ARGV, 3 do
  local user, id = ARGV[i + 1], ARGV[i + 2]
  local value = redis.call('HGET', KEYS[2], user)
  if value and string.match(value, '^%d+:([^:]+):') == id then
    redis.call('HDEL', KEYS[2], user)
    if ARGV[i] == 'INSIDE' then
      redis.call('ZADD', KEYS[3], string.match(value, '(%d+)$'), id .. ':' .. user)
      redis.call('HSET', KEYS[4], user, value)
      settled[#settled + 1] = id
    end
  end
end
return settled
