// The head of the page, the title and icon of its tab, and what a screen reader announces.

const announcer = { waiting: [], timer: null };

/** Says `text` in the live region, together with all that comes within a second. */
const announce = (text) => {
  announcer.waiting.push(text);
  announcer.timer ??= setTimeout(() => {
    const texts = announcer.waiting.splice(0);
    announcer.timer = null;
    put(
      byId('live'),
      texts.slice(0, 3).join(' ') + (texts.length > 3 ? ` And ${texts.length - 3} more changes.` : ''),
    );
  }, 1000);
};

const STATE_WORDS = { open: 'open', half_open: 'half-open', 'half-open': 'half-open', closed: 'closed' };

const transitionText = ({ breaker, key, to, reason, author, note }) => {
  const by = author ? ` By ${author}${note ? `: ${note}` : ''}.` : '';
  return `${key == null ? breaker : `${breaker}, key ${key}`} is ${STATE_WORDS[to] ?? to}${reason ? `: ${words(reason).replace(/\.$/, '')}` : ''}.${by}`;
};

/** The icon of the tab: the number of open breakers in the shape of the open state, or a tick. */
const drawIcon = (open) => {
  const colours =
    state.connection.phase === 'lost'
      ? ['#56606c', '#fff']
      : open
        ? ['#b3203a', '#fff']
        : ['#1d6f42', '#fff'];
  const text = state.connection.phase === 'lost' ? '?' : open > 99 ? '99' : String(open);
  const size = text.length > 1 ? 9 : 11;
  const inside =
    !open && text !== '?'
      ? `<path d="M4 8.2l2.8 2.8L12 5.6" fill="none" stroke="${colours[1]}" stroke-width="2"/>`
      : `<text x="8" y="${8 + size * 0.36}" font-family="sans-serif" font-weight="700" font-size="${size}" text-anchor="middle" fill="${colours[1]}">${text}</text>`;
  const shape =
    open || text === '?' ? '<path d="M5 0h6l5 5v6l-5 5H5l-5-5V5z" ' : '<circle cx="8" cy="8" r="8" ';
  attr(
    byId('icon'),
    'href',
    `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}fill="${colours[0]}"/>${inside}</svg>`)}`,
  );
};

const head = {
  update() {
    const { summary, service } = state.model;
    const lost = state.connection.phase === 'lost';
    if (!summary) return;
    const [main, rest] = summaryText(summary, serverNow());
    put(byId('service'), service);
    put(byId('sum-main'), main);
    put(byId('sum-rest'), rest);
    attr(byId('sum-icon').firstElementChild, 'd', SHAPES[summary.open ? 'open' : 'closed']);
    attr(byId('sum'), 'data-kind', summary.open ? 'open' : 'closed');
    const name = detail.open ? `${detail.open.title.textContent} · ` : '';
    const title = `(${lost ? '?' : summary.open}) ${name}Circuit breakers${service ? ` · ${service}` : ''}`;
    if (document.title !== title) document.title = title;
    drawIcon(summary.open);
  },

  connection() {
    const { phase, heardAt, retryAt, why } = state.connection;
    attr(byId('connection'), 'data-phase', phase);
    put(
      byId('connection-text'),
      { live: 'Live', connecting: 'Connecting', lost: 'Connection lost' }[phase],
    );
    hide(byId('lost'), phase !== 'lost');
    if (phase !== 'lost') return;
    const wait = Math.ceil((retryAt - Date.now()) / 1000);
    const age =
      state.model.summary && heardAt ? ` The figures are from ${clock(heardAt + state.offset)}.` : '';
    put(
      byId('lost-text'),
      `Connection lost: ${why}.${age} ${wait > 0 ? `Next attempt in ${wait} s.` : 'Connecting.'}`,
    );
  },
};
