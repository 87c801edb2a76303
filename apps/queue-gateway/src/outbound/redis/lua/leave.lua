-- Takes a waiting fan out of the line.
-- KEYS room waiting calling current   ARGV run user
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return {'NOT_PREPARED'} end
local user = ARGV[2]
local current = redis.call('HGET', KEYS[4], user)
if current then
  local time = redis.call('TIME')
  if tonumber(string.match(current, '(%d+)$')) > time[1] * 1000 + math.floor(time[2] / 1000) then
    return {'ADMITTED', current}
  end
end
if redis.call('HEXISTS', KEYS[3], user) == 1 then return {'BEING_ADMITTED'} end
local score = redis.call('ZSCORE', KEYS[2], user)
if not score then return {'ABSENT'} end
redis.call('ZREM', KEYS[2], user)
return {'LEFT', score}
