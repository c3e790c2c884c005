// Game days: the mark of a breaker with injected faults, and the section with the last report.

/** The mark of a breaker with injected faults; `full` says which they are, and until when. */
const gameDayMark = (full) => {
  const text = el('span');
  const node = el(full ? 'p' : 'span', { class: 'game-day', hidden: true }, el('b', null, 'Game day'), text);
  return {
    node,
    update({ game_day: day }, now) {
      hide(node, !day);
      if (!day) return;
      attr(node, 'title', day.what);
      put(text, full ? `: ${day.what}, until ${clock(day.until)} (ends in ${wait(day.until - now)})` : '');
    },
  };
};

const openedText = ({ opened, trips }) => {
  if (!trips) return 'no';
  const [first] = opened;
  if (!first) return plural(trips, 'time');
  const key = first.key == null ? '' : `${first.key}: `;
  const more = trips > 1 ? `; ${plural(trips, 'time')} in all` : '';
  return `${key}after ${plural(first.after_calls, 'call')}, ${words(first.reason)}${more}`;
};

const injectedText = ({ injection, injected }) => {
  if (!injection) return 'nothing';
  const { failed, delayed, hung } = injected;
  const parts = [
    [failed, 'failed'],
    [delayed, 'waited'],
    [hung, 'hung'],
  ];
  const counted = parts.filter(([value]) => value > 0).map(([value, word]) => `${count(value)} ${word}`);
  return counted.join(', ') || 'no call met a fault';
};

const gotText = ({ totals, errors }) => {
  const names = ['success', 'failure', 'rejected', 'timed_out', 'fallback', 'last_good'];
  const got = names.filter((name) => totals[name] > 0).map((name) => `${count(totals[name])} ${words(name)}`);
  const kinds = errors.map(([kind, value]) => `${count(value)} ${words(kind)}`);
  if (!got.length) return 'no calls';
  return `${got.join(', ')}${kinds.length ? `; errors: ${kinds.join(', ')}` : ''}`;
};

const reportLine = (one) =>
  el(
    'tr',
    { 'data-name': one.name },
    el('th', { scope: 'row' }, el('a', { href: detailUrl(one.name), 'data-link': true }, one.name)),
    el('td', { class: 'words' }, injectedText(one)),
    el('td', { class: 'words' }, openedText(one)),
    el('td', { class: 'words wide' }, gotText(one)),
  );

/** The section about the game day that is under way, or about the last one with its report. */
const gameDaySection = {
  ended: null,
  report: null,

  init() {
    const heads = ['Breaker', 'Injected', 'Opened', 'Callers got'];
    const head = (title) => el('th', { scope: 'col', class: 'words' }, title);
    this.body = el('tbody');
    const table = el(
      'table',
      null,
      el('caption', { class: 'unseen' }, 'Report of the last game day'),
      el('thead', null, el('tr', null, ...heads.map(head))),
      this.body,
    );
    const region = { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Report of the last game day' };
    this.table = el('div', region, table);
    byId('game-day').append(this.table);
  },

  update(now) {
    const { summary } = state.model;
    if (!summary) return;
    const { game_day: injected, game_day_ended: ended } = summary;
    if (ended !== this.ended) this.fetch(ended);
    hide(byId('game-day'), !injected && !this.report);
    hide(this.table, injected > 0 || !this.report);
    put(byId('game-day-text'), injected ? this.underWay(injected, now) : this.over());
  },

  underWay(injected, now) {
    const days = [...state.model.breakers.values()].map(({ game_day: day }) => day).filter(Boolean);
    const until = Math.max(...days.map((day) => day.until));
    const which = injected === 1 ? 'of 1 breaker' : `of ${count(injected)} breakers`;
    return `Faults are injected into calls ${which}. It ends in ${wait(until - now)}, at ${clock(until)}.`;
  },

  over() {
    if (!this.report) return '';
    const { began, ended, end, breakers } = this.report;
    const opened = breakers.filter(({ trips }) => trips > 0).length;
    const why = end === 'removed' ? 'the settings ended it' : 'its end had come';
    return `Over since ${clock(ended * 1000)}, after ${shortSpan((ended - began) * 1000)}: ${why}. ${plural(opened, 'breaker')} opened.`;
  },

  /** Asks for the report of the game day that ended then. */
  async fetch(ended) {
    this.ended = ended;
    if (ended == null) {
      this.report = null;
      return;
    }
    try {
      const response = await fetch(`${state.base}game-day`);
      this.report = (await response.json()).report;
    } catch {
      // The next frame asks again.
      this.ended = null;
      return;
    }
    this.body.replaceChildren(...(this.report?.breakers ?? []).map(reportLine));
    this.update(serverNow());
  },
};

/** Says that a game day has begun or ended. */
const announceGameDay = (before, after) => {
  if (!before?.game_day && after?.game_day) announce('A game day has begun.');
  if (before?.game_day && !after?.game_day) announce('The game day is over.');
};
