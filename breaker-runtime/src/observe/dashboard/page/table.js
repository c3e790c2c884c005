// Rows: the folded breakers that are closed, and the table of all breakers.

/** The cell that names a breaker. It names the state as well where the table has no column for it. */
const nameCell = (withState) => (id) => {
  const link = el('a', { href: detailUrl(id), 'data-link': true });
  const mark = sharedMark();
  const day = gameDayMark(false);
  const keys = el('small');
  const pill = withState ? statePill() : null;
  const node = el('th', { scope: 'row' }, link, mark.node, day.node, ' ', keys, pill?.node);
  return {
    node,
    link,
    update(breaker, now) {
      const { kind, word } = kindOf(breaker);
      put(link, breaker.name);
      mark.update(breaker);
      day.update(breaker, now);
      put(keys, breaker.keyed ? keysText(breaker.keyed) : '');
      if (!pill) return;
      hide(pill.node, kind === 'closed' && word === 'Closed');
      pill.update(kind, word);
    },
  };
};

const textCell = (text, props) => () => {
  const node = el('td', props);
  return { node, update: (breaker, now) => put(node, text(breaker, now)) };
};

const stateCell = () => {
  const pill = statePill();
  return {
    node: el('td', { class: 'words' }, pill.node),
    update(breaker) {
      const { kind, word } = kindOf(breaker);
      pill.update(kind, kind === 'near' ? 'Closed, near the trip' : word);
    },
  };
};

const whyCell = () => {
  const node = el('td', { class: 'words wide' });
  return { node, update: (breaker) => putSentence(node, whyOf(breaker) ?? NONE) };
};

const distanceCell = () => {
  const bar = barNode();
  const figure = el('span');
  return {
    node: el('td', { class: 'distance' }, el('span', { class: 'pair' }, bar.node, figure)),
    update(breaker) {
      const closed = ['closed', 'near'].includes(kindOf(breaker).kind);
      bar.update(closed ? breaker.distance?.ratio : null);
      put(figure, closed ? percent(breaker.distance?.ratio) : NONE);
    },
  };
};

const sparkCell = () => {
  const chart = sparkline({ plain: true });
  return {
    node: el('td', { class: 'chart' }, chart.node),
    update: (breaker, now) => chart.update(breaker.spark, now),
  };
};

const failedShare = (breaker) => {
  const ended = (breaker.per_second?.succeeded ?? 0) + (breaker.per_second?.failed ?? 0);
  return ended > 0 ? breaker.per_second.failed / ended : null;
};

const nextText = (breaker, now) => {
  const { kind } = kindOf(breaker);
  if (kind === 'closed' || kind === 'near') return NONE;
  const bar = barOf(breaker, now);
  return kind === 'open' || kind === 'half' ? bar.figure : `${bar.label.toLowerCase()} ${bar.figure}`;
};

const COLUMNS = {
  name: {
    title: 'Breaker',
    cell: nameCell(false),
    by: (breaker) => breaker.name,
    up: true,
    words: true,
  },
  nameAndState: { title: 'Breaker', cell: nameCell(true), words: true },
  state: { title: 'State', cell: stateCell, by: (breaker) => breaker.severity, words: true },
  since: {
    title: 'For',
    cell: textCell((breaker, now) => (breaker.since ? span(now - breaker.since) : NONE)),
    by: (breaker) => breaker.since && -breaker.since,
  },
  why: { title: 'Why', cell: whyCell, words: true },
  next: {
    title: 'Next probe',
    cell: textCell(nextText, { class: 'words' }),
    by: (breaker) => breaker.retry_at,
    up: true,
    words: true,
  },
  get: { title: 'Callers get now', cell: textCell(callersGet, { class: 'words get' }), words: true },
  calls: {
    title: 'Calls/s',
    cell: textCell((breaker) => rate(breaker.per_second?.calls)),
    by: (breaker) => breaker.per_second?.calls,
  },
  failed: {
    title: 'Failed',
    cell: textCell((breaker) => percent(failedShare(breaker))),
    by: (breaker) => failedShare(breaker),
  },
  rejected: {
    title: 'Rejected/s',
    cell: textCell((breaker) => rate(breaker.per_second?.rejected)),
    by: (breaker) => breaker.per_second?.rejected,
  },
  p50: {
    title: 'p50',
    cell: textCell((breaker) => latency(breaker.latency_ms?.p50), { class: 'opt' }),
    by: (breaker) => breaker.latency_ms?.p50,
    opt: true,
  },
  p99: {
    title: 'p99',
    cell: textCell((breaker) => latency(breaker.latency_ms?.p99)),
    by: (breaker) => breaker.latency_ms?.p99,
  },
  distance: {
    title: 'To the trip',
    cell: distanceCell,
    by: (breaker) => breaker.distance?.ratio,
    opt: true,
  },
  trips: {
    title: 'Trips',
    cell: textCell((breaker) => count(breaker.trips)),
    by: (breaker) => breaker.trips,
  },
  chart: { title: 'Last two minutes', cell: sparkCell, opt: true, words: true },
};

const row = (columns) => (id) => {
  const cells = columns.map(({ cell }) => cell(id));
  columns.forEach(({ opt }, index) => opt && cells[index].node.classList.add('opt'));
  const node = el('tr', { 'data-id': id }, ...cells.map((cell) => cell.node));
  let shown = null;
  const update = (breaker, now) => {
    shown = breaker;
    for (const cell of cells) cell.update(breaker, now);
    attr(node, 'data-kind', kindOf(breaker).kind);
  };
  return {
    node,
    link: cells[0].link,
    update,
    tick: (now) => shown && kindOf(shown).kind !== 'closed' && update(shown, now),
  };
};

/** Returns a comparison by a value of breakers; those without the value stand last. */
const byValue = (valueOf, sign) => (left, right) => {
  const [one, other] = [valueOf(left), valueOf(right)];
  if (one == null || other == null) return (one == null) - (other == null);
  return one < other ? -sign : one > other ? sign : 0;
};

/** A real table. With `onsort` its heads are buttons that sort; `null` is the order of the service, worst first. */
const breakerTable = (names, caption, onsort) => {
  const columns = names.map((name) => COLUMNS[name]);
  const body = el('tbody');
  const heads = columns.map(({ title, opt, words, by }) => {
    const classes = [opt && 'opt', words && 'words'].filter(Boolean).join(' ') || null;
    if (!onsort || !by) return el('th', { scope: 'col', class: classes }, title);
    return el(
      'th',
      { scope: 'col', class: classes },
      el('button', { type: 'button', class: 'sort' }, title),
    );
  });
  heads.forEach((head, index) =>
    head.querySelector('button')?.addEventListener('click', () => sort(index)),
  );
  let sorted = null;
  const sort = (index) => {
    const first = columns[index].up ? 'ascending' : 'descending';
    const second = columns[index].up ? 'descending' : 'ascending';
    // The third click gives the order of the service back.
    if (sorted?.index !== index) sorted = { index, way: first };
    else sorted = sorted.way === first ? { index, way: second } : null;
    heads.forEach((head, at) => attr(head, 'aria-sort', at === sorted?.index ? sorted.way : null));
    onsort(sorted && byValue(columns[sorted.index].by, sorted.way === 'ascending' ? 1 : -1));
  };
  const table = el(
    'table',
    null,
    el('caption', { class: 'unseen' }, caption),
    el('thead', null, el('tr', null, ...heads)),
    body,
  );
  return {
    node: el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, table),
    body,
    row: row(columns),
  };
};
