// The list view: tiles for what needs attention, folded rows for the rest, or one table of all.

const CHUNK = 60;

/** Items in the order of their ids, made when they are first shown, at most a chunk more at a time. */
const lazyItems = (parent, make) => {
  const items = new Map();
  const more = el('button', { type: 'button', class: 'more' });
  let ids = [];
  let limit = CHUNK;
  const show = (model, now) => {
    const shown = ids.slice(0, limit).filter((id) => items.has(id) || model.breakers.has(id));
    const listed = new Set(shown);
    for (const id of items.keys()) if (!listed.has(id)) items.delete(id);
    for (const id of shown) {
      if (items.has(id)) continue;
      items.set(id, make(id));
      items.get(id).update(model.breakers.get(id), now);
    }
    arrange(
      parent,
      shown.map((id) => items.get(id).node),
    );
    hide(more, ids.length <= limit);
    put(more, `Show ${Math.min(CHUNK, ids.length - limit)} of ${count(ids.length - limit)} more`);
  };
  const grow = () => {
    limit += CHUNK;
    show(state.model, serverNow());
  };
  more.addEventListener('click', grow);
  new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && grow(), {
    rootMargin: '400px',
  }).observe(more);
  return {
    more,
    items,
    set(wanted, model, now) {
      if (!wanted.length) limit = CHUNK;
      ids = wanted;
      show(model, now);
    },
    update(changed, model, now) {
      for (const [id, item] of items)
        if ((!changed || changed.has(id)) && model.breakers.has(id))
          item.update(model.breakers.get(id), now);
    },
    tick(now) {
      for (const item of items.values()) item.tick(now);
    },
  };
};

const list = {
  wanted: null,
  shown: null,
  rank: null,
  // How bad each breaker was when the order was last brought up to date.
  severities: new Map(),

  init() {
    const rest = breakerTable(
      ['nameAndState', 'calls', 'failed', 'p50', 'p99', 'distance', 'chart'],
      'Closed breakers',
    );
    const all = breakerTable(
      [
        'name',
        'state',
        'since',
        'why',
        'next',
        'get',
        'calls',
        'failed',
        'rejected',
        'p50',
        'p99',
        'distance',
        'trips',
      ],
      'All breakers, worst first',
      (compare) => {
        this.rank = compare && this.ranks(compare);
        this.refresh(true);
      },
    );
    fleetSection.init();
    gameDaySection.init();
    this.tiles = lazyItems(byId('tiles'), tile);
    this.rows = lazyItems(rest.body, rest.row);
    this.table = lazyItems(all.body, all.row);
    byId('tiles').after(this.tiles.more);
    byId('rest').append(rest.node, this.rows.more);
    byId('all').append(all.node, this.table.more);
    byId('rest').addEventListener('toggle', () => {
      state.restTouched ||= byId('rest').open !== state.restOpen;
      if (this.shown) this.unfold(serverNow());
    });
    holder.watch(() => byId('held').hidden || this.refresh());
    byId('reorder').addEventListener('click', (event) => {
      this.refresh(true);
      // The button is gone: a person who pressed it by the keyboard goes on at the worst breaker.
      if (event.detail === 0) this.focus(this.shown.tiles[0] ?? this.shown.table[0]);
    });
    byId('list').addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !byId('held').hidden) this.refresh(true);
    });
  },

  /** Returns the rank of each breaker. It stays: rows that move each second cannot be read. */
  ranks(compare) {
    const { model } = state;
    const sorted = model.order.map((id) => model.breakers.get(id)).sort(compare);
    return new Map(sorted.map(({ id }, index) => [id, index]));
  },

  /** Returns the ids for each part of the view, in order. */
  plan() {
    const { model, filter, view } = state;
    const needle = filter.trim().toLowerCase();
    const listed = model.order
      .map((id) => model.breakers.get(id))
      .filter((one) => !needle || one.name.toLowerCase().includes(needle))
      .filter((one) => !state.onlyShared || one.shared != null);
    const rankOf = ({ id }) => this.rank?.get(id) ?? this.rank?.size;
    const ids = (breakers) => breakers.map((one) => one.id);
    if (view === 'table')
      return {
        tiles: [],
        rows: [],
        table: ids(this.rank ? [...listed].sort((left, right) => rankOf(left) - rankOf(right)) : listed),
      };
    return {
      tiles: ids(listed.filter(needsAttention)),
      rows: ids(listed.filter((one) => !needsAttention(one))),
      table: [],
    };
  },

  /** Brings the order up to date, unless it is held; `now` is after something that the person did. */
  refresh(now = false) {
    const { model } = state;
    if (!model.summary) return;
    this.wanted = this.plan();
    const same = this.shown && JSON.stringify(this.wanted) === JSON.stringify(this.shown);
    const held =
      !now &&
      this.shown &&
      ['tiles', 'rest', 'all', 'held'].some((part) => holder.holds(byId(part)));
    if (!same && !held) this.place();
    this.notice(Boolean(held && !same));
    this.heads();
  },

  /** Says that the order is held, and what it does not show. */
  notice(held) {
    const wasHeld = !byId('held').hidden;
    hide(byId('held'), !held);
    if (!held) return;
    const { tiles, rows, table } = this.wanted;
    const { breakers } = state.model;
    const severity = (id) => breakers.get(id)?.severity ?? 0;
    const worse = [...tiles, ...rows, ...table].filter(
      (id) => severity(id) > (this.severities.get(id) ?? 0),
    );
    const others = worse.length - 1;
    const change = !worse.length
      ? 'it has changed'
      : `${breakers.get(worse[0]).name}${others ? ` and ${plural(others, 'other')} are` : ' is'} worse now`;
    put(byId('held-text'), `The order is held while you are at the list: ${change}.`);
    if (!wasHeld) announce(`The order of the list is held: ${change}. Escape sorts it.`);
  },

  place() {
    const { model } = state;
    const time = serverNow();
    const focused = document.activeElement?.closest?.('[data-id]')?.dataset.id;
    this.shown = this.wanted;
    this.severities = new Map([...model.breakers].map(([id, { severity }]) => [id, severity]));
    this.tiles.set(this.shown.tiles, model, time);
    this.table.set(this.shown.table, model, time);
    this.foldRest();
    this.unfold(time);
    if (focused && !document.activeElement?.closest('[data-id]')) this.focus(focused);
  },

  unfold(time) {
    this.rows.set(byId('rest').open ? this.shown.rows : [], state.model, time);
  },

  /** Unfolds a short list of closed breakers, until the person decides. */
  foldRest() {
    const { rows } = this.shown;
    if (!state.restTouched) {
      state.restOpen = rows.length <= 40 || Boolean(state.filter || state.onlyShared);
      byId('rest').open = state.restOpen;
    }
  },

  heads() {
    const { model, filter, view } = state;
    const { tiles, rows, table } = this.wanted;
    const found = tiles.length + rows.length + table.length;
    hide(byId('tile-view'), view === 'table' || !found);
    hide(byId('all'), view !== 'table' || !found);
    hide(byId('none'), found > 0);
    put(
      byId('none'),
      state.onlyShared
        ? `No shared breaker${filter ? ` has “${filter}” in its name` : ' has been called yet'}.`
        : filter
        ? `No breaker has “${filter}” in its name.`
        : 'There are no breakers yet. A breaker appears here with its first call.',
    );
    put(
      byId('attention-title'),
      tiles.length ? `Needs attention (${count(tiles.length)})` : 'Needs attention',
    );
    const shown = this.shown ?? this.wanted;
    // What is above a list that is held keeps its room: nothing moves away from under the pointer.
    hide(byId('calm'), shown.tiles.length > 0);
    byId('calm').classList.toggle('stale', tiles.length > 0);
    put(
      byId('calm-text'),
      tiles.length
        ? 'Still in the list below: the order is held.'
        : filter || state.onlyShared
        ? 'None of these breakers needs attention.'
        : `All ${count(model.summary.total)} breakers are closed.`,
    );
    hide(byId('legend'), !shown.tiles.length);
    hide(byId('rest'), !shown.rows.length);
    const calls = rows.reduce((sum, id) => sum + (model.breakers.get(id)?.per_second?.calls ?? 0), 0);
    put(byId('rest-count'), `Closed (${count(rows.length)})`);
    put(byId('rest-calls'), `${rate(calls)} calls/s`);
  },

  update(changed) {
    // The list is hidden: `route` brings it up to date when it is shown again.
    if (detail.open) return;
    const now = serverNow();
    fleetSection.update(now);
    gameDaySection.update(now);
    for (const part of [this.tiles, this.rows, this.table]) part.update(changed, state.model, now);
    this.refresh();
  },

  tick(now, seconds) {
    fleetSection.update(now);
    gameDaySection.update(now);
    // The columns of the sparklines move on every two seconds, also where no call brings news.
    for (const part of [this.tiles, this.rows, this.table])
      seconds % 2 ? part.tick(now) : part.update(null, state.model, now);
    if (byId('held').hidden === false) this.refresh();
  },

  /** Moves the focus to the link of a breaker, if that is shown. */
  focus(id) {
    for (const part of [this.tiles, this.table, this.rows]) {
      const link = part.items.get(id)?.link;
      if (link?.isConnected) {
        link.focus();
        return true;
      }
    }
    return false;
  },
};
