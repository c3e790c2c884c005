-- Answers one request. Keys: state, members, seen, failing, open, settings, ordered. Arguments: kind, process, the
-- sender's incarnation and epoch, a random number, the name of the group, whether a report is active or a read lists
-- the members, and what `rules.lua` reads from the eighth on.

local kind, name = ARGV[1], ARGV[6]

local function step(is_garbage)
  local group, before = nothing(), {}
  sizes, has_grown = {}, false
  if not is_garbage then group, before = load() end
  if not writes(group, kind) then
    return view_of(group, time_of(group), kind == 'read' and ARGV[7] == '1', false)
  end
  if group.incarnation == '0' then redis.call('UNLINK', unpack(KEYS)) end
  local epoch, token, command_id = group.epoch, group.token, group.command_id
  group.clock = time_of(group)
  group.wall = wall
  forget_absent(group)
  note_lost_writes(group)
  requests[kind](group)
  save(group, before, has_grown)
  if epoch ~= group.epoch or token ~= group.token or command_id ~= group.command_id then
    -- A user without the right to publish has a fleet that learns of changes by its reports alone.
    redis.pcall('PUBLISH', CHANNEL, name)
  end
  return view_of(group, group.clock, false, true)
end

local succeeded, result = pcall(step, false)
if succeeded then return result end
local message = type(result) == 'table' and result.err or tostring(result)
local function says(text) return string.find(message, text, 1, true) end
if says('WRONGTYPE') or says(UNREADABLE) or says('not an integer') then
  -- Something else has written to the keys: as if the group did not exist.
  return step(true)
end
return redis.error_reply(message)
