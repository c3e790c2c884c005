// The fleet: the groups of breakers that processes share, their members, and the store between them.

const SHARED_ICON = 'M8 0a3 3 0 0 1 1 5.8V7h4v3.2a3 3 0 1 1-2 0V9H5v1.2a3 3 0 1 1-2 0V7h4V5.8A3 3 0 0 1 8 0z';

/** The mark of a breaker that is shared. */
const sharedMark = () => {
  const icon = stateIcon();
  const word = el('span', { class: 'unseen' });
  const node = el('span', { class: 'shared', hidden: true }, icon, word);
  attr(icon.firstChild, 'd', SHARED_ICON);
  return {
    node,
    update({ shared }) {
      hide(node, shared == null);
      if (shared == null) return;
      put(word, `(shared with the group ${shared})`);
      attr(node, 'title', `Shared with the group ${shared}`);
    },
  };
};

const isLost = (fleet) => fleet.store.state === 'lost';
const processes = (live) => `${live === 1 ? '1 process' : `${count(live)} processes`}`;
const allOf = (live) => (live > 1 ? `all ${count(live)} processes` : 'all processes');

/** Returns the identity and the key of this process's breaker in a group; `null` if it is not listed. */
const breakerIn = (group) => {
  const { breakers } = state.model;
  for (const label of group.breakers) {
    if (breakers.has(label)) return { id: label, key: null };
    const name = [...breakers.keys()].find((id) => label.startsWith(`${id}[`) && label.endsWith(']'));
    if (name != null) return { id: name, key: label.slice(name.length + 1, -1) };
  }
  return null;
};

/** Returns the groups of a breaker: one, or those of its keys. */
const groupsOf = (fleet, id, key) => {
  const label = key == null ? id : `${id}[${key}]`;
  const own = (fleet?.groups ?? []).filter(({ breakers }) => breakers.includes(label));
  if (own.length || key != null) return own;
  return (fleet?.groups ?? []).filter(({ breakers }) => breakers.some((one) => one.startsWith(`${id}[`)));
};

const PHASES = { open: 'open', idle: 'closed', recovered: 'closed' };

/** Returns how a group is shown: its colour and shape, and its state as a word. */
const groupKind = (group, fleet) => {
  const known = group.command
    ? words(group.command.mode)
    : group.phase === 'open' && group.prober
      ? 'probing'
      : PHASES[group.phase];
  if (isLost(fleet)) return { kind: 'near', word: `Not known, was ${known}` };
  if (group.command?.mode === 'forced_open') return { kind: 'forced', word: 'Forced open' };
  if (group.command) return { kind: 'pinned', word: 'Forced closed' };
  if (group.phase === 'open')
    return group.prober ? { kind: 'half', word: 'Open, probing' } : { kind: 'open', word: 'Open' };
  if (group.failing > 0) return { kind: 'near', word: 'Closed, failures seen' };
  return { kind: 'closed', word: 'Closed' };
};

const authorText = ({ author, reason }) =>
  `${author ?? 'An operator'}: ${reason ? `“${reason}”` : 'no reason given'}`;

const groupWhy = (group) => {
  if (group.command) return authorText(group.command);
  if (group.phase === 'open') return `Opened by the fleet: ${group.cause ?? 'the cause is not known'}.`;
  if (group.failing > 0)
    return `${count(group.failing)} of ${processes(group.live)} ${group.failing === 1 ? 'sees' : 'see'} failures.`;
  if (group.phase !== 'recovered') return 'The fleet has not opened it.';
  return group.reset_by
    ? `Reset by ${authorText(group.reset_by)}.`
    : 'Recovered: the probes of a process succeeded.';
};

const groupSince = (group, now) => {
  const since = group.command?.since ?? group.since;
  return since ? `since ${clock(since)}, ${span(now - since)}` : '';
};

const proberName = ({ is_this: own, name }) =>
  own ? 'this process' : (name ?? 'another process');

/** Returns what comes next: the end of a command, the probe, or nothing. */
const groupNext = (group, now) => {
  if (group.command)
    return group.command.until ? `ends in ${wait(group.command.until - now)}` : 'ends when it is changed';
  if (group.phase !== 'open') return NONE;
  if (group.prober) {
    const left = group.prober.until ? `, for ${wait(group.prober.until - now)}` : '';
    return `${proberName(group.prober)} probes${left}`;
  }
  return group.probe_at && group.probe_at > now
    ? `probe in ${wait(group.probe_at - now)}`
    : 'probe with the next call';
};

const membersText = ({ live, failing, open }) => {
  const own = open > 0 ? `${count(open)} open` : '';
  const seen = failing - open > 0 ? `${count(failing - open)} failing` : '';
  const parts = [own, seen].filter(Boolean);
  return `${processes(live)}${parts.length ? `: ${parts.join(', ')}` : ''}`;
};

/** A row of the table of groups. */
const groupRow = () => {
  const link = el('a', { 'data-link': true });
  const pill = statePill();
  const since = el('small', { class: 'soft' });
  const why = el('td', { class: 'words wide opt' });
  const next = el('td', { class: 'words' });
  const members = el('td', { class: 'words' });
  const mixed = el('small', { class: 'mixed' }, 'different options');
  const text = el('span');
  members.append(text, ' ', mixed);
  const node = el(
    'tr',
    null,
    el('th', { scope: 'row' }, link),
    el('td', { class: 'words' }, pill.node, ' ', since),
    why,
    next,
    members,
  );
  return {
    node,
    update(group, fleet, now) {
      const { kind, word } = groupKind(group, fleet);
      const breaker = breakerIn(group);
      put(link, group.name);
      attr(link, 'href', breaker && detailUrl(breaker.id, breaker.key));
      pill.update(kind, word);
      attr(node, 'data-kind', kind);
      put(since, groupSince(group, now));
      putSentence(why, groupWhy(group));
      put(next, isLost(fleet) ? NONE : groupNext(group, now));
      put(text, membersText(group));
      hide(mixed, !group.mixed_settings);
    },
  };
};

/** A table of groups. Their order is held while a person is at it. */
const groupTable = (caption) => {
  const rows = new Map();
  const body = el('tbody');
  const heads = [
    ['Group'],
    ['State in the fleet'],
    ['Why', 'opt'],
    ['Next'],
    ['Live processes'],
  ].map(([title, opt]) => el('th', { scope: 'col', class: ['words', opt].filter(Boolean).join(' ') }, title));
  const table = el(
    'table',
    null,
    el('caption', { class: 'unseen' }, caption),
    el('thead', null, el('tr', null, ...heads)),
    body,
  );
  const node = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, table);
  return {
    node,
    update(groups, fleet, now) {
      const listed = new Set(groups.map(({ name }) => name));
      for (const name of rows.keys()) if (!listed.has(name)) rows.delete(name);
      for (const group of groups) {
        if (!rows.has(group.name)) rows.set(group.name, groupRow());
        rows.get(group.name).update(group, fleet, now);
      }
      const wanted = groups.map(({ name }) => rows.get(name).node);
      const kept = [...body.children].filter((row) => wanted.includes(row));
      const held = kept.length > 0 && holder.holds(node);
      arrange(body, held ? [...kept, ...wanted.filter((row) => !kept.includes(row))] : wanted);
    },
  };
};

/** Returns what is said of the store, and how bad that is. */
const storeText = ({ store }, now) => {
  const since = store.since ? ` since ${clock(store.since)}, ${span(now - store.since)}` : '';
  if (store.state === 'lost') return ['open', `Store lost${since}`];
  if (store.state === 'reached') return ['closed', `Store reached${since}`];
  return ['near', 'Store not reached yet'];
};

const lostText = ({ store }) =>
  `Each breaker decides by itself until the store answers, and what is shown of the other processes is ${
    store.since ? `from ${clock(store.since)} or before` : 'old'
  }. ${store.error ? `${capital(store.error)}.` : ''}`;

const fleetCounts = ({ total, open, commands, dropped }) => {
  const parts = [
    plural(total, 'shared group'),
    open > 0 ? `${count(open)} open` : 'none open',
    commands > 0 && plural(commands, 'command'),
    dropped > 0 && `${plural(dropped, 'call')} not reported`,
  ];
  return parts.filter(Boolean).join(', ');
};

/** The section of the list. */
const fleetSection = {
  init() {
    this.pill = statePill();
    this.table = groupTable('Groups of the fleet');
    byId('fleet-store').append(this.pill.node);
    byId('fleet').append(this.table.node, byId('fleet-more'));
    byId('fleet').addEventListener('toggle', () => this.update(serverNow()));
  },

  update(now) {
    const { fleet } = state.model;
    hide(byId('fleet'), !fleet);
    hide(byId('only-shared'), !fleet);
    if (!fleet) return;
    this.pill.update(...storeText(fleet, now));
    put(byId('fleet-counts'), fleetCounts(fleet));
    put(byId('fleet-process'), `${fleet.process}, through ${fleet.store.address}`);
    put(byId('fleet-lost'), isLost(fleet) ? lostText(fleet) : '');
    hide(byId('fleet-lost'), !isLost(fleet));
    hide(this.table.node, !fleet.groups.length);
    const others = fleet.total - fleet.groups.length;
    put(
      byId('fleet-more'),
      others > 0
        ? `and ${plural(others, 'group')} in a better state`
        : 'A group appears with the first call of a shared breaker.',
    );
    hide(byId('fleet-more'), others <= 0 && fleet.groups.length > 0);
    if (byId('fleet').open) this.table.update(fleet.groups, fleet, now);
  },
};

const memberView = ({ probes, open, failing }) => {
  if (probes) return ['half', 'Probes'];
  if (open) return ['open', 'Open by its own decision'];
  return failing ? ['near', 'Sees failures'] : ['closed', 'Sees no failures'];
};

/** The live processes of a group. */
const memberTable = () => {
  const rows = new Map();
  const body = el('tbody');
  const options = el('th', { scope: 'col', class: 'words' }, 'Options');
  const table = el(
    'table',
    { class: 'members' },
    el('caption', { class: 'unseen' }, 'Live processes of the group'),
    el(
      'thead',
      null,
      el(
        'tr',
        null,
        el('th', { scope: 'col', class: 'words' }, 'Process'),
        el('th', { scope: 'col', class: 'words' }, 'What it sees'),
        el('th', { scope: 'col', class: 'words' }, 'Last report'),
        options,
      ),
    ),
    body,
  );
  const row = () => {
    const name = el('span');
    const own = el('small', null, '(this process)');
    const pill = statePill();
    const seen = el('td', { class: 'words' });
    const variant = el('td', { class: 'words' });
    const node = el(
      'tr',
      null,
      el('th', { scope: 'row' }, name, ' ', own),
      el('td', { class: 'words' }, pill.node),
      seen,
      variant,
    );
    return { node, name, own, pill, seen, variant };
  };
  const node = el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Live processes of the group' },
    table,
  );
  return {
    node,
    update(group, variants) {
      const members = group.members ?? [];
      const wanted = members.map((member, index) => {
        // Two processes may have one name.
        const id = `${member.name} ${members.slice(0, index).filter(({ name }) => name === member.name).length}`;
        if (!rows.has(id)) rows.set(id, row());
        const parts = rows.get(id);
        put(parts.name, member.name);
        hide(parts.own, !member.is_this);
        parts.pill.update(...memberView(member));
        put(
          parts.seen,
          group.members_from
            ? `before ${clock(group.members_from)}`
            : member.seen > 0
              ? `${span(member.seen * 1000)} ago`
              : 'just now',
        );
        put(parts.variant, variants.get(member.settings) ?? NONE);
        hide(parts.variant, variants.size < 2);
        return parts.node;
      });
      hide(options, variants.size < 2);
      hide(node, !members.length);
      for (const [id, { node: old }] of rows) if (!wanted.includes(old)) rows.delete(id);
      arrange(body, wanted);
    },
  };
};

/** Returns a letter for each of the different options of members. */
const variantsOf = (members) => {
  const kinds = [...new Set((members ?? []).map(({ settings }) => settings))].sort();
  return new Map(kinds.map((settings, index) => [settings, `variant ${String.fromCharCode(65 + (index % 26))}`]));
};

/** The part of a breaker's view that shows its group, or the groups of its keys. */
const fleetPanel = () => {
  const title = el('h3');
  const pill = statePill();
  const since = el('span', { class: 'since' });
  const why = el('p', { class: 'why' });
  const lost = el('p', { class: 'failed' });
  const mixed = el(
    'p',
    { class: 'warning' },
    'The processes have different versions or options. The most sensitive one decides when the group opens.',
  );
  const facts = {
    live: fact('Live processes'),
    failing: fact('See failures'),
    open: fact('Open by themselves'),
    next: fact('Next'),
    epoch: fact('Epoch'),
  };
  const list = el('dl', { class: 'facts fleet-facts' }, ...Object.values(facts).map(({ node }) => node));
  const old = el('p', { class: 'soft' });
  const members = memberTable();
  const groups = groupTable('Groups of the keys');
  const status = el('p', { class: 'status' }, pill.node, since);
  const node = el(
    'section',
    { class: 'panel fleet', 'aria-label': 'Fleet', hidden: true },
    title,
    lost,
    status,
    why,
    list,
    mixed,
    members.node,
    old,
    groups.node,
  );
  const one = (group, fleet, now) => {
    const { kind, word } = groupKind(group, fleet);
    put(title, `Fleet: group ${group.name}`);
    attr(node, 'data-kind', kind);
    pill.update(kind, word);
    put(since, groupSince(group, now));
    putSentence(why, groupWhy(group));
    put(facts.live.value, count(group.live));
    put(facts.failing.value, count(group.failing));
    put(facts.open.value, count(group.open));
    const next = isLost(fleet) ? NONE : groupNext(group, now);
    // The name of a process stays as it is.
    put(facts.next.value, group.prober?.name && next.startsWith(group.prober.name) ? next : capital(next));
    put(facts.epoch.value, String(group.epoch));
    hide(mixed, !group.mixed_settings);
    members.update(group, group.mixed_settings ? variantsOf(group.members) : new Map());
    const others = group.live - (group.members?.length ?? 0);
    put(
      old,
      group.members_error
        ? `The processes are ${group.members_from ? `those of ${clock(group.members_from)}` : 'not known'}.${isLost(fleet) ? '' : ` ${capital(group.members_error)}.`}`
        : !group.members || (!group.members.length && group.live > 0)
          ? 'The store is asked for the processes.'
          : others > 0 && group.members.length >= 100
            ? `and ${processes(others)} in a better state`
            : group.members.length
              ? ''
              : 'No process has reported a call yet.',
    );
    hide(old, !old.textContent);
  };
  return {
    node,
    update(fleet, own, now) {
      hide(node, !fleet || !own.length);
      if (node.hidden) return;
      const isOne = own.length === 1;
      hide(lost, !isLost(fleet));
      put(lost, isLost(fleet) ? `${storeText(fleet, now)[1]}. ${lostText(fleet)}` : '');
      for (const part of [status, why, list]) hide(part, !isOne);
      hide(groups.node, isOne);
      if (isOne) return one(own[0], fleet, now);
      for (const part of [mixed, members.node, old]) hide(part, true);
      put(title, `Fleet: ${plural(own.length, 'group')} of its keys`);
      attr(node, 'data-kind', null);
      groups.update(own, fleet, now);
    },
  };
};

/** Announces what has changed of the fleet. */
const announceFleet = (before, after) => {
  if (!before || !after) return;
  if (before.store.state !== after.store.state && after.store.state === 'lost')
    announce('The store of the fleet is lost: each breaker decides by itself.');
  if (before.store.state === 'lost' && after.store.state === 'reached')
    announce('The store of the fleet answers again.');
  const known = new Map(before.groups.map((group) => [group.name, group]));
  for (const group of after.groups) {
    const old = known.get(group.name);
    if (!old || isLost(after)) continue;
    const is = groupKind(group, after).word.toLowerCase();
    if (old.phase !== group.phase || old.command?.mode !== group.command?.mode)
      announce(`In the fleet the group ${group.name} is ${is}. ${groupWhy(group)}`);
  }
};
