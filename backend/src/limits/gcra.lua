-- Counts one request (GCRA). KEYS[1] stores the theoretical arrival time, up to which requests are paid
-- for. ARGV are the time that a request costs, and the burst. Times are in microseconds on the clock of
-- Redis. Returns how long to wait; 0 if the request may pass.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local burst = cost * tonumber(ARGV[2])
local paid = tonumber(redis.call('GET', KEYS[1]) or now) or now
-- At most a whole burst ahead: the clock may have gone back, or the rate may have changed.
paid = math.min(math.max(paid, now), now + burst)
local wait = paid + cost - burst - now
if wait > 0 then
  return wait
end
paid = paid + cost
redis.call('SET', KEYS[1], string.format('%.0f', paid), 'PX', math.ceil((paid - now) / 1000))
return 0
