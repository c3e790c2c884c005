// Nodes. Every text goes through `textContent`: a name that looks like markup stays text.

const SVG = 'http://www.w3.org/2000/svg';

const fill = (node, props, children) => {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
};

const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);
const byId = (id) => document.getElementById(id);

/** Sets a text, an attribute, a class or `hidden`, and leaves the node alone if nothing changed. */
const put = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
const attr = (node, name, value) => {
  if (value == null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
};
const hide = (node, hidden) => {
  if (node.hidden !== hidden) node.hidden = hidden;
};

/** Makes `nodes` the children of `parent`, moving as few as possible. */
const arrange = (parent, nodes) => {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
};

// Each state has a shape of its own, so that it can be read without its colour.
const SHAPES = {
  open: 'M5 0h6l5 5v6l-5 5H5l-5-5V5zM4.5 7v2h7V7z',
  half: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0zm0 2a6 6 0 0 1 0 12z',
  near: 'M8 .5l8 14.5H0zM7 5.5v5h2v-5zm0 6v2h2v-2z',
  forced: 'M2 1h4v14H2zM10 1h4v14h-4z',
  pinned: 'M4 7V5a4 4 0 0 1 8 0v2h2v9H2V7zm2 0h4V5a2 2 0 0 0-4 0z',
  closed: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0zM6.9 11.6L3.4 8.1l1.4-1.4 2.1 2.1 4.3-4.3 1.4 1.4z',
};

const stateIcon = () =>
  svg(
    'svg',
    { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' },
    svg('path', { 'fill-rule': 'evenodd' }),
  );

/** A state by shape, word and colour. */
const statePill = () => {
  const icon = stateIcon();
  const word = el('span');
  const node = el('span', { class: 'state' }, icon, word);
  return {
    node,
    update(kind, text) {
      attr(node, 'data-kind', kind);
      attr(icon.firstChild, 'd', SHAPES[kind]);
      put(word, text);
    },
  };
};

/** A bar that is full at 1. Its meaning stands beside it as text. */
const barNode = () => {
  const level = el('span', { class: 'level' });
  const track = el('span', { class: 'track', 'aria-hidden': 'true' }, level);
  return {
    node: track,
    update(ratio) {
      track.classList.toggle('none', ratio == null);
      const width = `${(Math.min(Math.max(ratio ?? 0, 0), 1) * 100).toFixed(1)}%`;
      if (level.style.width !== width) level.style.width = width;
    },
  };
};

/** Sets a sentence: what stands before its colon or bracket is emphasised, code in backquotes is `<code>`. */
const putSentence = (node, text) => {
  if (node.sentence === text) return;
  node.sentence = text;
  const lead = text.match(/^[^:`(“]{3,60}?(?=: | \()/)?.[0] ?? '';
  const rest = text
    .slice(lead.length)
    .split('`')
    .map((part, index) => (index % 2 ? el('code', null, part) : part));
  node.replaceChildren(...(lead ? [el('b', null, lead)] : []), ...rest);
};
