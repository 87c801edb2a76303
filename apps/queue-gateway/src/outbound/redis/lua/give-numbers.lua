-- Adds a block of sequence numbers. What is left of the present block is skipped where the new one does not follow it.
-- KEYS room fetching   ARGV run low high
redis.call('DEL', KEYS[2])
local room = redis.call('HMGET', KEYS[1], 'run', 'limit')
if room[1] ~= ARGV[1] then return end
local low, limit = tonumber(ARGV[2]), tonumber(room[2])
if low < limit then return end
if low > limit then redis.call('HSET', KEYS[1], 'seq', ARGV[2]) end
redis.call('HSET', KEYS[1], 'limit', ARGV[3])
