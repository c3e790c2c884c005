// The view of one breaker: why it opened, its settings, its totals, and the changes that a person may make.

const REFETCH_MS = 5000;
const FIRST_MS = 1200;

const ACTIONS = {
  force_open: {
    title: 'Force open',
    does: 'Every call is rejected until the end, or until the mode is changed.',
    timed: true,
  },
  force_closed: {
    title: 'Force closed',
    does: 'Every call runs until the end, whatever its result.',
    timed: true,
  },
  automatic: { title: 'Automatic', does: 'The breaker decides by its policy again.' },
  reset: {
    title: 'Reset',
    does: 'The breaker closes, and its streak and window start from zero. The mode and the totals stay.',
  },
};

const FLEET_ACTIONS = {
  force_open: {
    title: 'Force open everywhere',
    does: (live) =>
      `Every call in ${allOf(live)} of the fleet is rejected until the end, or until the fleet is made automatic. Processes that start later obey it as well.`,
    timed: true,
  },
  force_closed: {
    title: 'Force closed everywhere',
    does: (live) =>
      `Every call in ${allOf(live)} of the fleet runs until the end, whatever its result. Processes that start later obey it as well.`,
    timed: true,
  },
  automatic: {
    title: 'Automatic everywhere',
    does: (live) => `The command in force ends, and the breakers of ${allOf(live)} decide again.`,
  },
  reset: {
    title: 'Reset everywhere',
    does: (live) =>
      `The breakers of ${allOf(live)} close, and the fleet forgets the failures. A command in force stays.`,
  },
};

const panel = (title, ...children) =>
  el('section', { class: 'panel' }, el('h3', null, title), ...children);

const detail = {
  open: null,

  /** Builds the view of a breaker, or of one key of it. */
  show(id, key, focus) {
    this.close();
    const parts = breakerParts();
    const keys = keysFold();
    const title = el('h2', { tabindex: '-1', id: 'detail-title' }, key == null ? id : `${id} [${key}]`);
    const acts = el('div', { class: 'acts' });
    const view = {
      id,
      key,
      parts,
      keys,
      title,
      acts,
      result: el('p', { class: 'result' }),
      fleet: fleetPanel(),
      allTitle: el('h3'),
      allActs: el('div', { class: 'acts' }),
      allResult: el('p', { class: 'result' }),
      readOnly: el('p', { class: 'soft' }, 'Read-only: the service sets no token for changes.'),
      error: el('p', { class: 'failed' }),
      reports: el('div', { class: 'reports' }),
      noReports: el('p', { class: 'soft' }),
      settings: el('div'),
      totals: el('dl', { class: 'totals' }),
      shadow: shadowPanel(),
      seen: new Map(),
      timer: null,
      fetched: null,
    };
    for (const [action, { title: name }] of Object.entries(ACTIONS)) {
      acts.append(
        el(
          'button',
          { type: 'button', 'data-action': action, onclick: () => dialog.ask(breakerScope(view), action) },
          `${name} …`,
        ),
      );
    }
    for (const [action, { title: name }] of Object.entries(FLEET_ACTIONS)) {
      const ask = () => dialog.ask(groupScope(view), action);
      view.allActs.append(
        el('button', { type: 'button', 'data-fleet-action': action, onclick: ask }, `${name} …`),
      );
    }
    view.head = el(
      'section',
      { class: 'tile hero', 'aria-labelledby': 'detail-title' },
      el(
        'div',
        { class: 'head' },
        title,
        el('p', { class: 'status' }, parts.pill.node, parts.since),
        parts.gameDay.node,
      ),
      parts.why,
      parts.findings.node,
      parts.bar,
      parts.facts,
      parts.chart.node,
      el(
        'p',
        { class: 'axis soft' },
        el('span', null, '2 min ago'),
        legendNode(),
        el('span', null, 'now'),
      ),
      keys.node,
    );
    view.change = panel('Change', acts, view.readOnly, view.result);
    view.all = el(
      'section',
      { class: 'panel act-all', hidden: true },
      view.allTitle,
      view.allActs,
      view.allResult,
    );
    view.body = el(
      'div',
      { class: 'detail' },
      el('div', { class: 'main' }, view.head, view.fleet.node, panel('Trips', view.reports)),
      el(
        'div',
        { class: 'side' },
        view.change,
        view.all,
        panel('Settings in force', view.settings),
        panel('Totals', view.totals),
        view.shadow.node,
      ),
    );
    keys.node.open = true;
    hide(keys.node, true);
    view.shadow.update(null);
    byId('detail').replaceChildren(
      el(
        'p',
        { class: 'back' },
        el('a', { href: listUrl(), 'data-link': true, 'data-back': true }, '← All breakers'),
      ),
      view.error,
      view.body,
    );
    this.open = view;
    hide(view.error, true);
    this.update();
    this.fetch();
    if (focus) title.focus();
  },

  close() {
    if (!this.open) return;
    clearTimeout(this.open.timer);
    this.open = null;
    byId('detail').replaceChildren();
  },

  async fetch() {
    const view = this.open;
    if (!view) return;
    clearTimeout(view.timer);
    try {
      const response = await fetch(detailUrl(view.id, view.key), {
        headers: { Accept: 'application/json' },
        cache: 'no-store',
      });
      if (view !== this.open) return;
      if (response.status === 404) {
        hide(view.error, false);
        hide(view.body, true);
        put(view.error, 'There is no breaker of this name. It may appear with its first call.');
      } else if (response.ok) {
        hide(view.error, true);
        hide(view.body, false);
        this.fill(view, await response.json());
      }
    } catch {
      // The head of the page says that the connection is lost.
    }
    if (view !== this.open) return;
    // The rates of a key that is in no event come with the second answer.
    const isNew = view.fetched && !view.fetched.per_second;
    const wait = isNew ? FIRST_MS : document.hidden ? 6 * REFETCH_MS : REFETCH_MS;
    view.timer = setTimeout(() => this.fetch(), wait);
  },

  fill(view, body) {
    if (view !== this.open) return;
    view.fetched = body.breaker;
    view.fetchedGroup = body.group;
    this.fillReports(view, body.reports ?? []);
    this.fillSettings(view, body.settings ?? []);
    view.shadow.update(body.shadow);
    const totals = Object.entries(body.totals ?? {})
      .filter(([, value]) => typeof value === 'number')
      .map(([name, value]) =>
        el('div', null, el('dt', null, words(name)), el('dd', null, count(value))),
      );
    if (view.totalsText !== JSON.stringify(body.totals)) view.totals.replaceChildren(...totals);
    view.totalsText = JSON.stringify(body.totals);
    this.update();
  },

  fillReports(view, reports) {
    reports.forEach((report, index) => {
      const known = view.seen.get(report.sequence);
      if (known) known.update(report);
      else view.seen.set(report.sequence, reportView(report, index === 0));
    });
    if (reports.length)
      arrange(
        view.reports,
        reports.map(({ sequence }) => view.seen.get(sequence).node),
      );
    else {
      const keyed = this.breaker(view)?.keyed;
      put(
        view.noReports,
        keyed ? 'Each key has its own: follow the links of the keys.' : 'It has not opened yet.',
      );
      arrange(view.reports, [view.noReports]);
    }
  },

  fillSettings(view, settings) {
    const text = JSON.stringify(settings);
    if (view.settingsText === text) return;
    view.settingsText = text;
    const line = ({ option, value, origin, changed }) =>
      el(
        'tr',
        null,
        el('th', { scope: 'row' }, el('code', null, option)),
        el('td', { class: 'words' }, value),
        el(
          'td',
          { class: 'words soft' },
          changed ? `${words(origin)}, ${clock(changed)}` : words(origin),
        ),
      );
    const heads = ['Option', 'Value', 'From'].map((head) =>
      el('th', { scope: 'col', class: 'words' }, head),
    );
    view.settings.replaceChildren(
      el(
        'table',
        { class: 'settings' },
        el('thead', null, el('tr', null, ...heads)),
        el('tbody', null, ...settings.map(line)),
      ),
    );
  },

  /** Returns the breaker of the view as the stream last had it, or as it was last fetched. */
  breaker(view) {
    const listed = state.model.breakers.get(view.id);
    if (view.key == null) return listed ?? view.fetched;
    const live = listed?.keyed?.worst.find(({ key }) => key === view.key);
    return live ? { ...live, spark: view.fetched?.spark } : view.fetched;
  },

  update() {
    const view = this.open;
    const breaker = view && this.breaker(view);
    if (!breaker) return;
    const now = serverNow();
    attr(view.head, 'data-kind', view.parts.update(breaker, now));
    view.keys.update({ ...breaker, id: view.id }, now);
    const mode = modeOf(breaker);
    hide(view.acts, !state.model.writable);
    hide(view.readOnly, state.model.writable || !state.model.summary);
    for (const button of view.acts.children)
      button.disabled = button.dataset.action === 'automatic' && mode === 'automatic';
    this.updateFleet(view, now);
  },

  updateFleet(view, now) {
    const { fleet, writable } = state.model;
    const listed = groupsOf(fleet, view.id, view.key);
    // Of many keys only the groups that need attention are in the stream.
    const own = fleet && !listed.length && view.fetchedGroup ? [view.fetchedGroup] : listed;
    view.group = own.length === 1 ? own[0] : null;
    view.fleet.update(fleet, own, now);
    hide(view.all, !view.group || !writable);
    put(view.change.firstElementChild, fleet && own.length ? 'Change this process alone' : 'Change');
    if (!view.group) return;
    put(view.allTitle, `Change ${allOf(view.group.live)}`);
    for (const button of view.allActs.children)
      button.disabled = button.dataset.fleetAction === 'automatic' && !view.group.command;
  },

  tick(now) {
    const view = this.open;
    const breaker = view && this.breaker(view);
    if (!breaker) return;
    view.parts.update(breaker, now);
    this.updateFleet(view, now);
  },

  transition({ breaker, key }) {
    const view = this.open;
    if (view && view.id === breaker && (view.key == null || view.key === key)) this.fetch();
  },
};
