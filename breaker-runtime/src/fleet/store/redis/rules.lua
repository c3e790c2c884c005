-- What each request does. The same rules as `Group::step`, in the same order.

-- An argument that is no number is a fault of the sender, for which the group is not replaced.
local function argument(at)
  local value = tonumber(ARGV[at])
  return value or error('ERR argument ' .. at .. ' of the script is no number', 0)
end

local function optional(at)
  if ARGV[at] ~= '' then return argument(at) end
end

local process, known_incarnation, known_epoch = ARGV[2], ARGV[3], argument(4)
local draw = ARGV[5]

-- Begins a new epoch. A number that a lost state has had does not come back: it is not below the clock.
local function enter(group, phase)
  group.epoch = math.max(group.epoch + 1, group.clock)
  group.phase, group.cause, group['until'], group.by, group.by_reason = phase, '', 0, '', ''
  group.holder, group.token, group.deadline = '0', '', 0
  group.streak, group.window, group.buckets = 0, 0, ''
  group.open_order, group.ended_order = 0, 0
  redis.call('UNLINK', FAILING, OPEN, ORDERED)
  sizes[FAILING], sizes[OPEN], sizes[ORDERED] = 0, 0, 0
end

local function open(group, length, cause)
  enter(group, 'open')
  group['until'], group.cause = math.min(group.clock + length, LARGEST), cause
end

local function recover(group, by, reason)
  enter(group, 'recovered')
  group.by, group.by_reason = by, reason
end

-- Starts a new incarnation if there is no group, or if the sender has applied a state that this one never had.
local function note_lost_writes(group)
  local known, incarnation = known_epoch, known_incarnation
  if known > MAX_EPOCH then known, incarnation = 0, '0' end
  local forked = known == group.epoch and incarnation ~= group.incarnation
  if group.incarnation == '0' or known > group.epoch or forked then
    group.incarnation = draw
    group.epoch = math.max(group.epoch, known)
    enter(group, 'idle')
  end
end

-- Returns whether a sender does not know of the recovery.
local function is_stale(group)
  return group.phase == 'recovered' and known_epoch ~= group.epoch
end

-- Notes the order that a sender has applied, if the store has lost orders. Returns whether the sender is open by a lost
-- order, and whether that is a vote.
local function note_order(group, report)
  local is_idle, epoch = group.phase == 'idle', report.order_epoch
  if report.order == '' or epoch >= group.epoch then return false, false end
  if report.order == 'open' and is_idle then
    group.open_order = math.max(group.open_order, epoch)
    return true, epoch > group.ended_order
  end
  if report.order == 'ended' and (is_idle or group.open_order > 0) then
    group.ended_order = math.max(group.ended_order, epoch)
  end
  return false, false
end

-- Returns whether a member is open only because it has not learned of the end.
local function orders_have_ended(group)
  return group.open_order > 0 and group.ended_order >= group.open_order
end

-- The members that are open by a lost order alone. Without an order there is none, and no command is spent.
local function ordered(group)
  return group.open_order > 0 and size(ORDERED) or 0
end

-- Opens the group by a report. One that takes up a lost order keeps its end.
local function open_by(group, report, cause)
  local takes_up = report.order == 'open' and cause == 'members'
  local length = takes_up and report.order_remaining or report.open_length
  local order = ordered(group) > 0 and group.open_order or 0
  open(group, length, cause)
  group.open_order = order
end

-- Returns the rule by which the group opens.
local function judge(group, report)
  local live = size(SEEN)
  local function is_quorum(members)
    if report.quorum then return members >= math.max(report.quorum, 1) end
    return members >= 2 and members * 1000000 >= live * report.quorum_share
  end
  if is_quorum(size(OPEN) + ordered(group)) then return 'members' end
  return is_quorum(size(FAILING)) and judge_evidence(group, report) or nil
end

local function report_of(from)
  return {
    seq = argument(from), name = ARGV[from + 1], successes = argument(from + 2),
    failures = argument(from + 3), streak = argument(from + 4), failing = ARGV[from + 5] == '1',
    open = ARGV[from + 6] == '1', wants_probe = ARGV[from + 7] == '1', settings = ARGV[from + 8],
    streak_limit = optional(from + 9), volume_limit = optional(from + 10),
    rate_limit = optional(from + 11), min_calls = argument(from + 12), window = argument(from + 13),
    quorum = optional(from + 14), quorum_share = optional(from + 15),
    open_length = argument(from + 16), lease_length = argument(from + 17),
    order = ARGV[from + 18], order_epoch = argument(from + 19), order_remaining = argument(from + 20),
  }
end

local requests = {}

function requests.report(group)
  local report = report_of(8)
  if not note_member(group, process, report, not is_stale(group), note_order) then return end
  if group.phase == 'open' and orders_have_ended(group) then
    recover(group, '', '')
  elseif group.phase == 'open' then
    local is_free = group.token == '' or group.deadline <= group.clock
    if report.wants_probe and group['until'] <= group.clock and is_free then
      group.holder, group.token = process, draw
      group.deadline = math.min(group.clock + report.lease_length, LARGEST)
    end
  elseif not is_stale(group) then
    add(group, report)
    if orders_have_ended(group) then return recover(group, '', '') end
    local cause = judge(group, report)
    if cause then open_by(group, report, cause) end
  end
end

function requests.settle(group)
  local epoch, token, success, length = argument(8), ARGV[9], ARGV[10] == '1', argument(11)
  if epoch ~= group.epoch or token ~= group.token or group.clock >= group.deadline then return end
  if success then recover(group, '', '') else open(group, length, 'probe') end
end

function requests.command(group)
  local id, mode = argument(8), ARGV[9]
  if id == 0 then id = math.max(group.command_id + 1, group.clock) end
  if id <= group.command_id then return end
  group.command_id = id
  group.mode, group.author, group.reason = mode, ARGV[10], ARGV[11]
  group.command_until = math.min(group.clock + argument(12), LARGEST)
end

function requests.reset(group)
  recover(group, ARGV[8], ARGV[9])
end

function requests.leave(group)
  remove(process)
  if group.holder == process then group.holder, group.token, group.deadline = '0', '', 0 end
end

-- Returns whether a request writes. One that reads must not, and a process that has seen no call joins nothing.
local function writes(group, kind)
  local exists = group.incarnation ~= '0'
  if kind == 'read' then return false end
  if kind == 'report' then
    return ARGV[7] == '1' or exists and redis.call('HEXISTS', MEMBERS, process) == 1
  end
  return exists or kind == 'command' or kind == 'reset'
end
