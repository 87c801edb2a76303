-- Puts recorded admissions inside, and takes those fans out of the line who were admitted from the place they have there.
-- KEYS waiting calling inside current   ARGV (admissionId user sequence admittedAtMs endsAtMs kept)…
for i = 1, #ARGV, 6 do
  local id, user, sequence, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 4]
  local called = redis.call('HGET', KEYS[2], user)
  -- One who is called under this very id is on the way inside, and will be told so.
  if not called or string.match(called, '^%d+:([^:]+):') ~= id then
    redis.call('ZADD', KEYS[3], ARGV[i + 5] == '1' and '+inf' or ends, id .. ':' .. user)
    local score = redis.call('ZSCORE', KEYS[1], user)
    if score and tonumber(score) <= tonumber(sequence) then redis.call('ZREM', KEYS[1], user) end
    local current = redis.call('HGET', KEYS[4], user)
    if not current or tonumber(string.match(current, '^(%d+)')) <= tonumber(sequence) then
      redis.call('HSET', KEYS[4], user, sequence .. ':' .. id .. ':' .. ARGV[i + 3] .. ':' .. ends)
    end
  end
end
