-- Frees the slots of ended admissions.
-- KEYS inside current   ARGV (admissionId user)…
for i = 1, #ARGV, 2 do
  local id, user = ARGV[i], ARGV[i + 1]
  redis.call('ZREM', KEYS[1], id .. ':' .. user)
  local value = redis.call('HGET', KEYS[2], user)
  if value and string.match(value, '^%d+:([^:]+):') == id then redis.call('HDEL', KEYS[2], user) end
end
