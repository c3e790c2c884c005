-- The members. A record is `seq:settings:flags:epoch:name`; its flags, 1 for failing, 2 for open and 4 for open by an
-- order that the store has lost, hold in its epoch only, so that a new epoch clears those of all members at once.

-- The sizes of the sorted sets, as far as they are known, and whether a key may be new.
local sizes, has_grown = {}, false

local function size(set)
  if not sizes[set] then sizes[set] = redis.call('ZCARD', set) end
  return sizes[set]
end

-- Returns whether the process was not in the set.
local function put(set, seen, process)
  local is_new = redis.call('ZADD', set, seen, process) == 1
  if is_new then sizes[set], has_grown = nil, true end
  return is_new
end

local function take(set, process)
  sizes[set] = nil
  redis.call('ZREM', set, process)
end

local function split(record)
  local seq, settings, flags, epoch, name = string.match(record, '^(%d+):(%x+):([0-7]):(%d+):(.*)$')
  if not seq then error(UNREADABLE, 0) end
  return { seq = number(seq), settings = settings, flags = tonumber(flags), epoch = number(epoch), name = name }
end

local function member(process)
  local record = redis.call('HGET', MEMBERS, process)
  return record and split(record) or nil
end

local function count_settings(settings, change)
  local count = redis.call('HINCRBY', SETTINGS, settings, change)
  if count == 1 then has_grown = true end
  if count <= 0 then redis.call('HDEL', SETTINGS, settings) end
end

local function remove(process)
  local last = member(process)
  for _, set in ipairs({ SEEN, FAILING, OPEN, ORDERED }) do take(set, process) end
  if not last then return end
  redis.call('HDEL', MEMBERS, process)
  count_settings(last.settings, -1)
end

local function forget_absent(group)
  for _, process in ipairs(redis.call('ZRANGEBYSCORE', SEEN, '-inf', whole(group.clock - LIVENESS))) do
    remove(process)
  end
end

-- Puts a process into a set that it belongs to, or removes it from one that it belonged to.
local function place(set, belongs, belonged, seen, process)
  if belongs then
    put(set, seen, process)
  elseif belonged then
    take(set, process)
  end
end

-- Notes that a process lives. Returns whether its report is new.
local function note_member(group, process, report, counts, note_order)
  local seen, last = whole(group.clock), member(process)
  -- Otherwise one of the two keys was deleted or evicted.
  if put(SEEN, seen, process) == (last ~= nil) then error(UNREADABLE, 0) end
  if last and report.seq <= last.seq then
    if last.flags > 0 then
      redis.call('ZADD', FAILING, 'XX', seen, process)
      redis.call('ZADD', OPEN, 'XX', seen, process)
      redis.call('ZADD', ORDERED, 'XX', seen, process)
    end
    return false
  end
  -- A lost order supersedes the member's own decision, which was before it.
  local by_order, ordered = note_order(group, report)
  local failing, open = counts and report.failing, counts and report.open and not by_order
  local flags = (failing and 1 or 0) + (open and 2 or 0) + (ordered and 4 or 0)
  local was = last and last.epoch == group.epoch and last.flags or 0
  place(FAILING, failing or open, was % 4 > 0, seen, process)
  place(OPEN, open, was % 4 > 1, seen, process)
  place(ORDERED, ordered, was > 3, seen, process)
  local record = { whole(report.seq), report.settings, flags, whole(group.epoch), report.name }
  redis.call('HSET', MEMBERS, process, table.concat(record, ':'))
  if not last or last.settings ~= report.settings then
    if last then count_settings(last.settings, -1) end
    count_settings(report.settings, 1)
  end
  return true
end

-- Counts the members of a sorted set that are live at a time: all of them, once the absent ones are removed.
local function count(set, time, all_live)
  if all_live then return size(set) end
  return redis.call('ZCOUNT', set, '(' .. whole(time - LIVENESS), '+inf')
end

local function live_with_scores(time)
  return redis.call('ZRANGEBYSCORE', SEEN, '(' .. whole(time - LIVENESS), '+inf', 'WITHSCORES')
end

-- Returns whether live members have different settings. Only a read may find members that are absent and not yet
-- removed; then all are looked at.
local function mixed(time, live)
  if redis.call('HLEN', SETTINGS) < 2 then return false end
  if live == size(SEEN) then return true end
  local first
  local found = live_with_scores(time)
  for at = 1, #found, 2 do
    local settings = member(found[at]).settings
    if first and first ~= settings then return true end
    first = settings
  end
  return false
end
