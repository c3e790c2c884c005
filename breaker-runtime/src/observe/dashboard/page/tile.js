// One breaker that needs attention, as a tile, and the folded keys of a keyed one.

const fact = (label) => {
  const value = el('dd', null, NONE);
  return { node: el('div', null, el('dt', null, label), value), value };
};

const KEYS_SHOWN = 20;
// Those that a held list may grow to, as further keys come among the worst.
const KEYS_HELD = 200;

/** The worst keys of a keyed breaker, folded: one line for each. */
const keysFold = () => {
  const title = el('summary');
  const list = el('ul', { class: 'keys' });
  const more = el('p', { class: 'soft' });
  const node = el('details', { class: 'fold' }, title, list, more);
  const lines = new Map();
  const line = (id, key) => {
    const pill = statePill();
    const why = el('p', { class: 'why' });
    const wait = el('span', { class: 'wait' });
    const day = gameDayMark(false);
    const link = el('a', { href: detailUrl(id, key), 'data-link': true }, key);
    const item = el('li', { 'data-key': key }, link, el('span', { class: 'now' }, pill.node, day.node, wait), why);
    return {
      item,
      update(one, now) {
        const { kind, word } = kindOf(one);
        const bar = barOf(one, now);
        hide(pill.node, false);
        pill.update(kind, word);
        put(
          wait,
          kind === 'closed' || bar.figure === NONE ? '' : `${bar.label.toLowerCase()} ${bar.figure}`,
        );
        attr(item, 'data-kind', kind);
        day.update(one, now);
        putSentence(why, whyOf(one) ?? '');
      },
      /** Shows a key that is no longer among the worst, of which the stream says nothing. */
      leave() {
        hide(pill.node, true);
        hide(day.node, true);
        put(wait, '');
        attr(item, 'data-kind', 'closed');
        putSentence(why, 'In a better state than the others.');
      },
    };
  };
  return {
    node,
    update(breaker, now) {
      const { keyed } = breaker;
      hide(node, !keyed);
      if (!keyed) return;
      put(title, keysText(keyed));
      if (!node.open) return;
      const worst = keyed.worst.slice(0, KEYS_SHOWN);
      for (const one of worst) {
        if (!lines.has(one.key)) lines.set(one.key, line(breaker.id, one.key));
        lines.get(one.key).update(one, now);
      }
      const wanted = worst.map(({ key }) => lines.get(key).item);
      const shown = [...list.children];
      const held = shown.length > 0 && holder.holds(list);
      const left = held ? shown.filter((item) => !wanted.includes(item)) : [];
      for (const item of left) lines.get(item.dataset.key).leave();
      const added = wanted.filter((item) => !shown.includes(item));
      const items = held ? [...shown, ...added].slice(0, KEYS_HELD) : wanted;
      arrange(list, items);
      for (const [key, { item }] of lines) if (item.parentNode !== list) lines.delete(key);
      const others = keyed.total - worst.length - left.length;
      const isHeld = held && items.some((item, index) => item !== wanted[index]);
      hide(more, others <= 0 && !isHeld);
      const texts = [
        others > 0 && `and ${plural(others, 'key')} in a better state`,
        isHeld && 'the order is held while you are at the keys',
      ];
      put(more, texts.filter(Boolean).join('; '));
    },
  };
};

/** The findings about a breaker: what keeps it from its work, for how long, and what to do. */
const findingsList = () => {
  const node = el('ul', { class: 'findings', 'aria-label': 'Findings' });
  let shown = '';
  return {
    node,
    update({ findings = [] }, now) {
      hide(node, !findings.length);
      const texts = findings.map(({ what, since, remedy }) => [
        capital(what),
        ` (for ${span(now - since)})`,
        `${capital(remedy)}.`,
      ]);
      const text = JSON.stringify(texts);
      if (text === shown) return;
      shown = text;
      const item = ([what, lasted, remedy], index) =>
        el(
          'li',
          { 'data-finding': findings[index].id },
          el('strong', null, what),
          el('span', { class: 'soft' }, lasted),
          el('span', null, ` ${remedy}`),
        );
      node.replaceChildren(...texts.map(item));
    },
  };
};

/** What a tile and the head of the detail view have in common. */
const breakerParts = () => {
  const facts = {
    get: fact('Callers get now'),
    calls: fact('Calls/s'),
    failed: fact('Failed/s'),
    rejected: fact('Rejected/s'),
    p50: fact('p50'),
    p99: fact('p99'),
  };
  const pill = statePill();
  const bar = barNode();
  const parts = {
    pill,
    since: el('span', { class: 'since' }),
    why: el('p', { class: 'why' }),
    findings: findingsList(),
    gameDay: gameDayMark(true),
    barLabel: el('span'),
    barFigure: el('span', { class: 'figure' }),
    ping: el('span', { class: 'ping', hidden: true }),
    facts: el('dl', { class: 'facts' }, ...Object.values(facts).map(({ node }) => node)),
    chart: sparkline(),
  };
  parts.bar = el('p', { class: 'bar' }, parts.barLabel, bar.node, parts.barFigure, parts.ping);
  parts.update = (breaker, now) => {
    const { kind, word } = kindOf(breaker);
    const { per_second: speed, latency_ms: times } = breaker;
    pill.update(kind, word);
    put(parts.since, sinceText(breaker, now));
    putSentence(parts.why, whyOf(breaker) ?? 'The breaker is closed.');
    put(facts.get.value, callersGet(breaker));
    put(facts.calls.value, rate(speed?.calls));
    put(facts.failed.value, rate(speed?.failed));
    put(facts.rejected.value, rate(speed?.rejected));
    put(facts.p50.value, latency(times?.p50));
    put(facts.p99.value, latency(times?.p99));
    parts.findings.update(breaker, now);
    parts.chart.update(breaker.spark, now);
    parts.tick(breaker, now);
    return kind;
  };
  parts.tick = (breaker, now) => {
    const shown = barOf(breaker, now);
    put(parts.since, sinceText(breaker, now));
    parts.gameDay.update(breaker, now);
    put(parts.barLabel, shown.label);
    put(parts.barFigure, shown.figure);
    bar.update(shown.ratio);
    put(parts.ping, pingText(breaker));
    hide(parts.ping, !breaker.ping);
  };
  return parts;
};

const tile = (id) => {
  const parts = breakerParts();
  const link = el('a', { href: detailUrl(id), 'data-link': true });
  const mark = sharedMark();
  const keys = keysFold();
  const node = el(
    'article',
    { class: 'tile', 'data-id': id },
    el(
      'div',
      { class: 'head' },
      el('h3', null, link, mark.node),
      el('p', { class: 'status' }, parts.pill.node, parts.since),
      parts.gameDay.node,
    ),
    parts.why,
    parts.findings.node,
    parts.bar,
    parts.facts,
    parts.chart.node,
    keys.node,
  );
  let shown = null;
  keys.node.addEventListener('toggle', () => shown && keys.update(shown, serverNow()));
  return {
    node,
    link,
    update(breaker, now) {
      shown = breaker;
      put(link, breaker.name);
      mark.update(breaker);
      attr(node, 'data-kind', parts.update(breaker, now));
      keys.update(breaker, now);
    },
    tick(now) {
      if (shown) parts.tick(shown, now);
    },
  };
};
