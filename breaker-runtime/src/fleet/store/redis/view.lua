-- What the sender of a request sees. Times leave as lengths.

local function remaining(time, ends)
  return math.max(ends - time, 0)
end

local function append_members(view, group, time)
  local found = live_with_scores(time)
  for at = 1, #found, 2 do
    local listed, idle = member(found[at]), time - number(found[at + 1])
    if not listed then error(UNREADABLE, 0) end
    local flags = listed.epoch == group.epoch and listed.flags or 0
    for _, value in ipairs({ found[at], listed.name, flags, listed.settings, whole(idle) }) do
      view[#view + 1] = value
    end
  end
end

local function view_of(group, time, lists, all_live)
  local exists = group.incarnation ~= '0'
  local live = exists and count(SEEN, time, all_live) or 0
  local lease, lease_id = 'free', '0'
  local lease_remaining = group.token ~= '' and remaining(time, group.deadline) or 0
  if lease_remaining > 0 then
    local is_mine = group.holder == process
    lease, lease_id = is_mine and 'mine' or 'other', is_mine and group.token or group.holder
  end
  local view = {
    group.incarnation, whole(group.epoch), group.phase, whole(remaining(time, group['until'])), group.cause, group.by,
    group.by_reason, lease, lease_id, whole(lease_remaining), whole(group.command_id),
    group.mode, group.author, group.reason, whole(remaining(time, group.command_until)), live,
    exists and count(FAILING, time, all_live) or 0, exists and count(OPEN, time, all_live) or 0,
    exists and mixed(time, live) and 1 or 0,
  }
  if lists and exists then append_members(view, group, time) end
  return view
end
