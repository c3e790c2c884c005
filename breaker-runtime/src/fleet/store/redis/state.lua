-- The group as it is stored: one hash for its state, and for its members a hash, four sorted sets by the time of
-- the last report, and a count for each fingerprint of settings. All keys of a group have one hash tag.

local STATE, MEMBERS, SEEN, FAILING, OPEN, SETTINGS, ORDERED = unpack(KEYS)
-- Numbers are doubles: whole ones are exact up to here.
local LARGEST = 9007199254740991
-- Raised for a field that these scripts have not written. The group is then replaced.
local UNREADABLE = 'UNREADABLE'
-- A group is kept for this long beyond the end of all that it holds. The expiry is set anew once half of it is over.
local KEPT = 3600000
local FIELDS = {
  'clock', 'wall', 'incarnation', 'epoch', 'phase', 'until', 'cause', 'by', 'by_reason', 'holder', 'token',
  'deadline', 'streak', 'window', 'buckets', 'command_id', 'mode', 'author', 'reason', 'command_until',
  'open_order', 'ended_order', 'expires',
}
local NUMBERS = {
  clock = true, wall = true, epoch = true, ['until'] = true, deadline = true, streak = true, window = true,
  command_id = true, command_until = true, open_order = true, ended_order = true, expires = true,
}
local WORDS = {
  phase = { idle = true, open = true, recovered = true },
  cause = { [''] = true, members = true, streak = true, volume = true, rate = true, probe = true },
  mode = { [''] = true, automatic = true, forced_open = true, forced_closed = true, observe = true },
}

local function number(text)
  local value = text and string.find(text, '^%d+$') and tonumber(text)
  if not value or value > LARGEST then error(UNREADABLE, 0) end
  return value
end

-- Lua itself writes large numbers with an exponent.
local function whole(value)
  return string.format('%.0f', value)
end

local function nothing()
  return {
    clock = 0, wall = 0, incarnation = '0', epoch = 0, phase = 'idle', ['until'] = 0, cause = '', by = '',
    by_reason = '', holder = '0', token = '', deadline = 0, streak = 0, window = 0, buckets = '', command_id = 0,
    mode = '', author = '', reason = '', command_until = 0,
    open_order = 0, ended_order = 0, expires = 0,
  }
end

local function load()
  local stored = redis.call('HMGET', STATE, unpack(FIELDS))
  if not stored[3] then return nothing(), {} end
  local group, before = {}, {}
  for at, field in ipairs(FIELDS) do
    local text = stored[at]
    if not text then error(UNREADABLE, 0) end
    local words = WORDS[field]
    if words and not words[text] then error(UNREADABLE, 0) end
    group[field], before[field] = NUMBERS[field] and number(text) or text, text
  end
  if number(group.incarnation) == 0 then error(UNREADABLE, 0) end
  number(group.holder)
  if group.token ~= '' then number(group.token) end
  return group, before
end

-- Sets the expiry of all keys, if it comes too soon or if one of them may be new. It is a time on the server's clock,
-- and moves with it when that is set.
local function save_expiry(group)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, whole(group.expires - wall)) end
end

local function save(group, before, has_grown)
  local ends = math.max(group.phase == 'open' and group['until'] or 0, group.command_until, group.deadline)
  local length = math.max(ends - group.clock, group.window)
  local is_due = has_grown or wall + length + KEPT / 2 > group.expires
  if is_due then group.expires = math.min(wall + length + KEPT, LARGEST) end
  local changed = {}
  for _, field in ipairs(FIELDS) do
    local value = group[field]
    local text = NUMBERS[field] and whole(value) or value
    if text ~= before[field] then
      changed[#changed + 1] = field
      changed[#changed + 1] = text
    end
  end
  if #changed > 0 then redis.call('HSET', STATE, unpack(changed)) end
  if is_due then save_expiry(group) end
end

-- Returns the time on the group's clock, which stands still while the server's goes back.
local function time_of(group)
  return math.min(group.clock + math.max(wall - group.wall, 0), LARGEST)
end
