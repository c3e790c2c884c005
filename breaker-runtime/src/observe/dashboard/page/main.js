// Starts the page: its address, the stream, the head, and what is announced.

const state = {
  model: newModel(),
  base: '/',
  filter: '',
  onlyShared: false,
  view: 'tiles',
  connection: { phase: 'connecting' },
  offset: 0,
  restOpen: true,
  restTouched: false,
};

/** Returns the service's time. It stands still while the connection is lost: so do the figures. */
const serverNow = () => {
  const { phase, heardAt } = state.connection;
  return (phase === 'lost' && heardAt ? heardAt : Date.now()) + state.offset;
};

// A browser resolves `.` and `..` as a part of an address, encoded or not.
const DOTS = /^~*\.\.?$/;
const partOf = (id) => `${DOTS.test(id) ? '~' : ''}${encodeURIComponent(id)}`;
const idOf = (part) => decodeURIComponent(part).replace(/^~(?=~*\.\.?$)/, '');

const detailUrl = (id, key) =>
  `${state.base}breakers/${partOf(id)}${key == null ? '' : `?key=${encodeURIComponent(key)}`}`;
const listUrl = () => {
  const query = new URLSearchParams();
  if (state.filter) query.set('q', state.filter);
  if (state.onlyShared) query.set('shared', '1');
  if (state.view !== 'tiles') query.set('view', state.view);
  return `${state.base}${query.size ? `?${query}` : ''}`;
};

const legendNode = () => {
  const entry = (kind, text) => el('span', null, el('i', { 'data-outcome': kind }), text);
  return el(
    'span',
    { class: 'legend' },
    entry('succeeded', 'succeeded'),
    entry('failed', 'failed'),
    entry('rejected', 'rejected'),
    entry('trip', 'trip'),
  );
};

const received = {
  state(body) {
    applyState(state.model, body);
    state.offset = body.time - Date.now();
    list.update(null);
    if (!list.shown && !detail.open) list.refresh(true);
  },
  change(body) {
    const changed = new Set((body.breakers ?? []).map(({ id }) => id));
    const { fleet, summary } = state.model;
    applyChange(state.model, body);
    announceFleet(fleet, state.model.fleet);
    announceGameDay(summary, state.model.summary);
    if (body.lost_transitions) announce(`${plural(body.lost_transitions, 'more change')} of state.`);
    state.offset = body.time - Date.now();
    list.update(changed);
  },
  transition(body) {
    announce(transitionText(body));
    detail.transition(body);
  },
};

const listener = {
  event(event, body) {
    received[event]?.(body);
    head.update();
    detail.update();
  },
  connection(connection) {
    const before = state.connection.phase;
    state.connection = connection;
    if (before !== connection.phase && connection.phase === 'lost') announce('Connection lost.');
    if (before === 'lost' && connection.phase === 'live') announce('Connected again.');
    if (before === 'lost' && connection.phase === 'live') detail.fetch();
    head.connection();
    head.update();
  },
};

/** Opens the stream: by the shared worker, so that all tabs have one, or by the page itself. */
const link = {
  open() {
    if (this.close) return;
    if (typeof SharedWorker === 'undefined') return this.alone();
    let heard = false;
    const worker = new SharedWorker(`${state.base}worker.js`);
    worker.addEventListener('error', () => heard || this.alone());
    worker.port.addEventListener('message', ({ data }) => {
      heard = true;
      if (data.connection) listener.connection(data.connection);
      else listener.event(data.event, data.body);
    });
    worker.port.start();
    this.retry = () => worker.port.postMessage('retry');
    this.close = () => worker.port.postMessage('leave');
  },
  alone() {
    const feed = new Feed(`${state.base}events`, listener);
    this.retry = () => feed.retry();
    this.close = () => feed.stop();
    feed.start();
  },
  leave() {
    this.close?.();
    this.close = null;
  },
};

/** Shows which of the buttons beside the filter are pressed. */
const pressTools = () => {
  attr(byId('only-shared'), 'aria-pressed', String(state.onlyShared));
  for (const button of byId('views').children)
    attr(button, 'aria-pressed', String(button.dataset.view === state.view));
};

/** Shows what the address says: the list, or one breaker. */
const route = (from, first = false) => {
  const path =
    location.pathname.startsWith(`${state.base}breakers/`) &&
    location.pathname.slice(`${state.base}breakers/`.length);
  const query = new URLSearchParams(location.search);
  if (path) {
    hide(byId('list'), true);
    hide(byId('detail'), false);
    hide(byId('tools'), true);
    detail.show(idOf(path), query.get('key'), !first);
    window.scrollTo(0, 0);
  } else {
    state.filter = query.get('q') ?? '';
    state.view = query.get('view') === 'table' ? 'table' : 'tiles';
    state.onlyShared = query.get('shared') === '1';
    detail.close();
    hide(byId('list'), false);
    hide(byId('detail'), true);
    hide(byId('tools'), false);
    byId('filter').value = state.filter;
    pressTools();
    if (state.model.summary) list.update(null);
    list.refresh(true);
    window.scrollTo(0, history.state?.scroll ?? 0);
    if (from) list.focus(from);
  }
  head.update();
};

const go = (url) => {
  const from = detail.open?.id;
  history.replaceState({ ...history.state, scroll: window.scrollY }, '');
  history.pushState(null, '', url);
  route(from);
};

const showFilter = () => {
  history.replaceState(history.state, '', listUrl());
  pressTools();
  list.refresh(true);
};

const listen = () => {
  document.addEventListener('click', (event) => {
    const anchor = event.target.closest('a[data-link]');
    if (
      !anchor?.href ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    go(anchor.href);
  });
  window.addEventListener('popstate', () => route(detail.open?.id));
  byId('filter').addEventListener('input', (event) => {
    state.filter = event.target.value;
    showFilter();
  });
  byId('views').addEventListener('click', (event) => {
    state.view = event.target.dataset.view ?? state.view;
    showFilter();
  });
  byId('only-shared').addEventListener('click', () => {
    state.onlyShared = !state.onlyShared;
    showFilter();
  });
  byId('lost-retry').addEventListener('click', () => link.retry?.());
  window.addEventListener('online', () => link.retry?.());
  window.addEventListener('pagehide', () => link.leave());
  window.addEventListener('pageshow', (event) => event.persisted && link.open());
};

const tick = (seconds) => {
  // At the start of each second of the service, so that all countdowns step together.
  setTimeout(() => tick(seconds + 1), 1000 - (serverNow() % 1000) + 5);
  if (document.hidden) return;
  const now = serverNow();
  head.connection();
  head.update();
  if (state.connection.phase === 'lost') return;
  if (detail.open) detail.tick(now);
  else list.tick(now, seconds);
};

const start = () => {
  // The server says which view an address is: it may be mounted under any path, `/x/breakers/y` included.
  const detailed = document.documentElement.dataset.page === 'detail';
  state.base = location.pathname.replace(detailed ? /breakers\/[^/]+$/ : /\/?$/, detailed ? '' : '/');
  history.scrollRestoration = 'manual';
  byId('home').href = state.base;
  byId('legend').append(legendNode());
  list.init();
  dialog.init();
  listen();
  route(null, true);
  head.connection();
  link.open();
  tick(0);
};

start();
