-- Takes those out of the line whose turn it is, by rate and cap, judged by this server's clock alone: whoever calls this,
-- however late, cannot let in more. They are noted as called until settled, so that a caller that dies loses nobody.
-- KEYS room waiting calling inside   ARGV run ttlMs burstMs admissionId…
local room = redis.call('HMGET', KEYS[1], 'run', 'mode', 'rate', 'cap', 'opensAt', 'closesAt', 'recoversAt',
  'tokens', 'filledAt', 'serving', 'version', 'lostThrough')
if room[1] ~= ARGV[1] then return {'NOT_PREPARED'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local recovering = now < tonumber(room[7] or '0')
local mode = room[2]
local closed = room[6] ~= '' and now >= tonumber(room[6])

if (mode == 'queue' or mode == 'open') and not recovering and not closed and now >= tonumber(room[5]) then
  local n = math.min(redis.call('ZCARD', KEYS[2]), #ARGV - 3)
  local tokens
  if n > 0 and mode == 'queue' then
    local rate, cap = tonumber(room[3]), tonumber(room[4])
    local most = math.max(1, rate * ARGV[3] / 1000)
    -- A clock that was set back must not stop admissions until it has caught up.
    local elapsed = math.max(0, now - tonumber(room[9] or '0'))
    tokens = math.min(most, tonumber(room[8] or '0') + elapsed * rate / 1000)
    -- Slots of admissions past their end are free here at once; kept ones score +inf.
    local inside = redis.call('ZCOUNT', KEYS[4], '(' .. now, '+inf') + redis.call('HLEN', KEYS[3])
    n = math.max(0, math.min(n, math.floor(tokens), cap - inside))
  end
  if n > 0 then
    if tokens then
      redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - n), 'filledAt', string.format('%.0f', now))
    end
    -- In whole seconds, as the token's exp is; never earlier than asked for.
    local ends = math.ceil((now + tonumber(ARGV[2])) / 1000) * 1000
    local first = redis.call('ZPOPMIN', KEYS[2], n)
    for i = 1, #first, 2 do
      local value = string.format('%s:%s:%.0f:%.0f', first[i + 1], ARGV[3 + (i + 1) / 2], now, ends)
      redis.call('HSET', KEYS[3], first[i], value)
    end
  end
end

local head = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return {'CALLED', room[10], room[11], room[12], head[2] or '', redis.call('ZCARD', KEYS[2]),
  redis.call('HGETALL', KEYS[3])}
