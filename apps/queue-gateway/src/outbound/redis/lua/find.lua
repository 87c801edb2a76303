-- The fan's place, if there is one. With a sequence number: that place is given back where there is none further in front.
-- KEYS room waiting calling current   ARGV run user [sequence]
local room = redis.call('HMGET', KEYS[1], 'run', 'serving')
if room[1] ~= ARGV[1] then return {'NOT_PREPARED'} end
local user = ARGV[2]
local current = redis.call('HGET', KEYS[4], user)
if current then
  local time = redis.call('TIME')
  if tonumber(string.match(current, '(%d+)$')) > time[1] * 1000 + math.floor(time[2] / 1000) then
    return {'ADMITTED', current}
  end
end
local called = redis.call('HGET', KEYS[3], user)
if called then
  local place = string.match(called, '^(%d+)')
  -- A later one is being called (a join without the ticket was quicker): it stays so, and this fan's place is the better.
  if ARGV[3] and tonumber(ARGV[3]) < tonumber(place) then place = ARGV[3] end
  return {'WAITING', place, room[2]}
end
local score = redis.call('ZSCORE', KEYS[2], user)
if ARGV[3] and (not score or tonumber(score) > tonumber(ARGV[3])) then
  redis.call('ZADD', KEYS[2], ARGV[3], user)
  score = ARGV[3]
end
if score then return {'WAITING', score, room[2]} end
return {'ABSENT'}
