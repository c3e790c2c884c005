-- The time in milliseconds on the clock of this server.
local time = redis.call('TIME')
local wall = time[1] * 1000 + math.floor(time[2] / 1000)
