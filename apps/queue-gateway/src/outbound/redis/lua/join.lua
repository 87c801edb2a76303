-- The fan's place; a new one at the end where there is none.
-- KEYS room waiting calling current   ARGV run user
local room = redis.call('HMGET', KEYS[1], 'run', 'seq', 'limit', 'serving')
if room[1] ~= ARGV[1] then return {'NOT_PREPARED'} end
local user = ARGV[2]
local seq, limit = tonumber(room[2]), tonumber(room[3])
local score = redis.call('ZSCORE', KEYS[2], user)
if score then return {'WAITING', score, room[4], 0, limit - seq} end
local current = redis.call('HGET', KEYS[4], user)
if current then
  local time = redis.call('TIME')
  if tonumber(string.match(current, '(%d+)$')) > time[1] * 1000 + math.floor(time[2] / 1000) then
    return {'ADMITTED', current}
  end
  redis.call('HDEL', KEYS[4], user)
end
local called = redis.call('HGET', KEYS[3], user)
if called then return {'WAITING', string.match(called, '^(%d+)'), room[4], 0, limit - seq} end
if seq >= limit then return {'OUT_OF_NUMBERS'} end
seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('ZADD', KEYS[2], seq, user)
return {'WAITING', seq, room[4], 1, limit - seq}
