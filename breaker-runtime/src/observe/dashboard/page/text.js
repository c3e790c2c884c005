// Numbers, times and states as words.

const NONE = '–';
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

const count = (value) => (value == null ? NONE : number.format(value));
const rate = (value) =>
  value == null ? NONE : value < 10 ? decimal.format(value) : number.format(value);
const percent = (ratio) => {
  if (ratio == null) return NONE;
  const value = ratio * 100;
  return `${value > 0 && value < 10 ? decimal.format(value) : number.format(value)} %`;
};
const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Returns a length of time in its two largest units: `4 min 12 s`. */
const span = (ms) => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [
    ['d', Math.floor(seconds / 86400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ];
  const first = parts.findIndex(([, value]) => value > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([, value]) => value > 0)
    .map(([unit, value]) => `${value} ${unit}`)
    .join(' ');
};

const latency = (ms) => {
  if (ms == null) return NONE;
  if (ms >= 1000) return `${decimal.format(ms / 1000)} s`;
  return ms < 10 ? `${decimal.format(ms)} ms` : `${number.format(ms)} ms`;
};

/** Returns a length of time that may be short: `410 ms`, `3.1 s`, `4 min 12 s`. */
const shortSpan = (ms) => (ms < 60000 ? latency(ms) : span(ms));

/** Returns the time that is left, in whole seconds: it ends at 0, and not half a second before. */
const wait = (ms) => span(Math.ceil(ms / 1000) * 1000);

const two = (value) => String(value).padStart(2, '0');

/** Returns the time of day, with the date if it is not today. */
const clock = (ms) => {
  const date = new Date(ms);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const words = (name) => name.replace(/[_-]/g, ' ');
const modeOf = (breaker) => (breaker.mode ?? 'automatic').replace(/[ -]/g, '_');

const labelOf = (breaker) => (breaker.key == null ? breaker.name : `${breaker.name} [${breaker.key}]`);

const KINDS = {
  open: { kind: 'open', word: 'Open' },
  half_open: { kind: 'half', word: 'Half-open' },
  closed: { kind: 'closed', word: 'Closed' },
};

/** Returns how a breaker is shown: its colour and shape (`kind`), and its state as a word. */
const kindOf = (breaker) => {
  const mode = modeOf(breaker);
  if (mode === 'forced_open') return { kind: 'forced', word: 'Forced open' };
  if (mode === 'forced_closed') return { kind: 'pinned', word: 'Forced closed' };
  const state = breaker.state.replace('-', '_');
  const shown = KINDS[state] ?? KINDS.closed;
  if (mode === 'observe' && state !== 'closed')
    return { kind: shown.kind, word: `${shown.word} (dry run)` };
  if (state === 'closed' && breaker.near) {
    return {
      kind: 'near',
      word: breaker.distance
        ? `Closed, ${percent(breaker.distance.ratio)} of the way to the trip`
        : 'Closed, near the trip',
    };
  }
  if (mode === 'observe') return { kind: 'closed', word: 'Closed (dry run)' };
  return shown;
};

const needsAttention = (breaker) =>
  kindOf(breaker).kind !== 'closed' || breaker.findings?.length > 0 || Boolean(breaker.game_day);

/** Returns what callers get: the answer of the dependency, or something else. */
const callersGet = (breaker) => {
  const shares = breaker.callers_get;
  if (!breaker.per_second) return NONE;
  if (!shares) return 'no calls';
  const refused = Math.max(0, shares.rejected - shares.fallback - shares.last_good);
  const parts = [
    [shares.fallback, 'fallback'],
    [shares.last_good, 'last good'],
    [refused, 'rejected'],
  ].filter(([share]) => share >= 0.005);
  if (parts.length === 0) return 'normal answers';
  parts.sort((left, right) => right[0] - left[0]);
  return parts.map(([share, what]) => `${percent(Math.round(share * 100) / 100)} ${what}`).join(', ');
};

/** Returns the sentence that says why, or `null` if there is nothing to explain. */
const whyOf = (breaker) => {
  const override = breaker.override;
  if (override) {
    const reason = override.reason ? `“${override.reason}”` : 'no reason given';
    return `${override.author ? `${override.author}: ` : ''}${reason}`;
  }
  if (breaker.why) return breaker.why;
  const { kind } = kindOf(breaker);
  if (kind === 'near' && breaker.distance)
    return `The ${breaker.distance.rule} is ${breaker.distance.now}.`;
  return kind === 'closed' ? null : 'No reason was recorded.';
};

/** Returns since when the state holds, and how long that is; nothing for a closed breaker that never opened. */
const sinceText = (breaker, now) => {
  const { kind } = kindOf(breaker);
  if (!breaker.since || kind === 'near') return '';
  return `since ${clock(breaker.since)}, ${span(now - breaker.since)}`;
};

/** Returns the bar of a tile: its label, how full it is, and its figures. */
const barOf = (breaker, now) => {
  const { kind } = kindOf(breaker);
  const elapsed = (end) => (now - breaker.since) / Math.max(end - breaker.since, 1);
  if (kind === 'forced' || kind === 'pinned') {
    const until = breaker.override?.until;
    return until
      ? { label: 'Ends in', ratio: elapsed(until), figure: wait(until - now) }
      : { label: 'Ends', ratio: null, figure: 'when it is changed' };
  }
  if (kind === 'open') {
    if (breaker.ping?.next_at) {
      const { next_at: next } = breaker.ping;
      if (next <= now) return { label: 'Next ping', ratio: 1, figure: 'due' };
      return { label: 'Next ping in', ratio: elapsed(next), figure: wait(next - now) };
    }
    if (!breaker.retry_at) return { label: 'Next probe', ratio: null, figure: NONE };
    if (breaker.retry_at <= now) return { label: 'Next probe', ratio: 1, figure: 'with the next call' };
    return {
      label: 'Next probe in',
      ratio: elapsed(breaker.retry_at),
      figure: wait(breaker.retry_at - now),
    };
  }
  if (kind === 'half') {
    const { succeeded = 0, needed = 1, in_flight: flying = 0 } = breaker.probes ?? {};
    return {
      label: 'Probes',
      ratio: succeeded / Math.max(needed, 1),
      figure: `${succeeded} of ${needed}${flying ? `, ${flying} running` : ''}`,
    };
  }
  if (!breaker.distance) return { label: 'To the trip', ratio: null, figure: 'not known' };
  return {
    label: capital(breaker.distance.rule),
    ratio: breaker.distance.ratio,
    figure: breaker.distance.now,
  };
};

const PING_RESULTS = {
  success: 'succeeded',
  failure: 'failed',
  ignored: 'decided nothing',
};

/** Returns what is known of the pings that check for recovery; nothing without them. */
const pingText = ({ ping }) => {
  if (!ping) return '';
  const next = ping.next_at ? `next at ${clock(ping.next_at)}` : 'none is planned, so calls probe';
  const last = PING_RESULTS[ping.last];
  const parts = [
    `Recovery is checked by a ping every ${shortSpan(ping.every_ms)}`,
    ping.running ? 'one is running' : next,
    last ? `the last one ${last}` : 'none has ended yet',
  ];
  return `${parts.join('; ')}.`;
};

const keysText = (keyed) => {
  const parts = [
    [keyed.open, 'open'],
    [keyed.half_open, 'half-open'],
  ]
    .filter(([value]) => value > 0)
    .map(([value, word]) => `${count(value)} ${word}`);
  return `${plural(keyed.total, 'key')}${parts.length ? `: ${parts.join(', ')}` : ', all closed'}`;
};

/** Returns the line of figures over all breakers. */
const summaryText = (summary, now) => {
  if (!summary.total) return ['No breakers yet', ''];
  const parts = [];
  if (summary.half_open) parts.push(`${count(summary.half_open)} probing`);
  if (summary.forced) parts.push(`${count(summary.forced)} forced`);
  if (summary.near) parts.push(`${count(summary.near)} near the trip`);
  if (summary.observing) parts.push(`${count(summary.observing)} in a dry run`);
  if (summary.game_day) parts.push(`${count(summary.game_day)} in a game day`);
  if (summary.oldest_open_since) parts.push(`oldest ${span(now - summary.oldest_open_since)}`);
  const main = summary.open
    ? `${count(summary.open)} of ${count(summary.total)} open`
    : `${count(summary.total)} breakers, none open`;
  return [main, parts.length ? `, ${parts.join(', ')}` : ''];
};
