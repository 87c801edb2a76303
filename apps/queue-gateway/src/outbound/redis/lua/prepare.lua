-- Makes the room known to this run of the server. Its numbers begin behind every number that was ever given out: this
-- server may have restarted with what it knew a second ago.
-- KEYS room fetching   ARGV run low high serving recoverMs version mode rate cap opensAtMs closesAtMs|''
redis.call('DEL', KEYS[2])
local room = redis.call('HMGET', KEYS[1], 'run', 'serving', 'version')
if room[1] == ARGV[1] then return 0 end
local time = redis.call('TIME')
local recoversAt = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[5])
local serving = math.max(tonumber(room[2] or '0'), tonumber(ARGV[4]))
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'seq', ARGV[2], 'limit', ARGV[3], 'serving', string.format('%.0f', serving),
  'lostThrough', ARGV[2], 'recoversAt', string.format('%.0f', ARGV[5] == '0' and 0 or recoversAt))
if not room[3] or tonumber(room[3]) <= tonumber(ARGV[6]) then
  redis.call('HSET', KEYS[1], 'version', ARGV[6], 'mode', ARGV[7], 'rate', ARGV[8], 'cap', ARGV[9],
    'opensAt', ARGV[10], 'closesAt', ARGV[11])
end
return 1
