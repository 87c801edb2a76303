-- Numbers a fan's news, keeps it for a reconnect, and passes it on. Of a reservation only a version above the last one.
-- KEYS seq recent reservations   ARGV channel news keepRecent ttlMs [reservationId version state]
if ARGV[5] then
  local known = redis.call('HGET', KEYS[3], ARGV[5])
  if known and tonumber(string.match(known, '^(%d+)')) >= tonumber(ARGV[6]) then return 0 end
  -- A fan who holds and lets go for hours must not fill the memory; what is told then may be told twice.
  if redis.call('HLEN', KEYS[3]) >= 256 then redis.call('DEL', KEYS[3]) end
  redis.call('HSET', KEYS[3], ARGV[5], ARGV[6] .. ':' .. ARGV[7])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- The count goes on above whatever was given out before it was forgotten: nobody is told a thousand things a second.
  local time = redis.call('TIME')
  redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  redis.call('DEL', KEYS[2])
end
local seq = string.format('%.0f', redis.call('INCR', KEYS[1]))
redis.call('RPUSH', KEYS[2], seq .. ':' .. ARGV[2])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[3]), -1)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[1], seq .. ':' .. ARGV[2])
return 1
