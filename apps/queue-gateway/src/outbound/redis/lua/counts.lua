-- KEYS room waiting calling inside   ARGV run
local room = redis.call('HMGET', KEYS[1], 'run', 'serving')
if room[1] ~= ARGV[1] then return {'NOT_PREPARED'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {'COUNTS', redis.call('ZCARD', KEYS[2]),
  redis.call('ZCOUNT', KEYS[4], '(' .. now, '+inf') + redis.call('HLEN', KEYS[3]), room[2]}
