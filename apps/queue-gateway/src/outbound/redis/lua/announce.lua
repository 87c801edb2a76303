-- Passes on how far a room has come, if that is news and the last time is long enough ago.
-- KEYS announced   ARGV channel scheduleId serving waiting everyMs
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = redis.call('HMGET', KEYS[1], 'serving', 'at', 'seq')
if last[1] == ARGV[3] then return 1 end
if last[2] and now >= tonumber(last[2]) and now < tonumber(last[2]) + tonumber(ARGV[5]) then return 0 end
local seq = string.format('%.0f', math.max(tonumber(last[3] or '0') + 1, last[3] and 0 or now))
redis.call('HSET', KEYS[1], 'serving', ARGV[3], 'at', string.format('%.0f', now), 'seq', seq)
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ':' .. ARGV[3] .. ':' .. ARGV[4] .. ':' .. seq)
return 1
