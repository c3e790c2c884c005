-- The results of all members since the last change of phase: a streak, and buckets of a window, which are kept in
-- one field as `begin:successes:failures,` in ascending order.

local function buckets_of(group)
  local buckets = {}
  local rest = string.gsub(group.buckets, '(%d+):(%d+):(%d+),', function(begin, successes, failures)
    buckets[#buckets + 1] = { number(begin), number(successes), number(failures) }
    return ''
  end)
  if rest ~= '' then error(UNREADABLE, 0) end
  return buckets
end

local function store_buckets(group, buckets)
  local parts = {}
  for at, bucket in ipairs(buckets) do
    parts[at] = string.format('%.0f:%.0f:%.0f,', bucket[1], bucket[2], bucket[3])
  end
  group.buckets = table.concat(parts)
end

local function add_to_bucket(buckets, begin, successes, failures)
  for _, bucket in ipairs(buckets) do
    if bucket[1] == begin then
      bucket[2] = math.min(bucket[2] + successes, LARGEST)
      bucket[3] = math.min(bucket[3] + failures, LARGEST)
      return
    end
  end
  buckets[#buckets + 1] = { begin, successes, failures }
  table.sort(buckets, function(a, b) return a[1] < b[1] end)
end

local function add(group, report)
  local streak = group.streak + report.failures
  group.streak = report.successes == 0 and math.min(streak, LARGEST) or report.streak
  if report.window == 0 then return end
  group.window = math.max(group.window, report.window)
  local buckets = buckets_of(group)
  if report.successes > 0 or report.failures > 0 then
    local width = math.ceil(report.window / BUCKETS)
    add_to_bucket(buckets, group.clock - group.clock % width, report.successes, report.failures)
  end
  local kept = {}
  for _, bucket in ipairs(buckets) do
    if group.clock - bucket[1] < group.window then kept[#kept + 1] = bucket end
  end
  while #kept > MOST_BUCKETS do table.remove(kept, 1) end
  store_buckets(group, kept)
end

local function reaches(figure, limit)
  return limit ~= nil and figure >= limit
end

-- Returns the rule that the results break.
local function judge_evidence(group, report)
  if reaches(group.streak, report.streak_limit) then return 'streak' end
  local successes, failures = 0, 0
  for _, bucket in ipairs(buckets_of(group)) do
    if group.clock - bucket[1] < report.window then
      successes, failures = successes + bucket[2], failures + bucket[3]
    end
  end
  if reaches(failures, report.volume_limit) then return 'volume' end
  local calls = successes + failures
  if failures == 0 or calls < report.min_calls or not report.rate_limit then return nil end
  return failures * 1000000 >= report.rate_limit * calls and 'rate' or nil
end
