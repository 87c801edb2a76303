-- The room's settings, unless newer ones are here.
-- KEYS room   ARGV version mode rate cap opensAtMs closesAtMs|''
local version = redis.call('HGET', KEYS[1], 'version')
if not version or tonumber(version) > tonumber(ARGV[1]) then return end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'mode', ARGV[2], 'rate', ARGV[3], 'cap', ARGV[4],
  'opensAt', ARGV[5], 'closesAt', ARGV[6])
