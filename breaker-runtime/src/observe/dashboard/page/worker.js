// One stream for all tabs of a browser. A tab that joins gets the state as it stands.

const model = newModel();
const ports = new Set();
let connection = { phase: 'connecting' };
let feed = null;

const post = (message) => {
  for (const port of ports) port.postMessage(message);
};

const listener = {
  event(event, body) {
    if (event === 'state') applyState(model, body);
    else if (event === 'change') applyChange(model, body);
    post({ event, body });
  },
  connection(state) {
    connection = state;
    post({ connection });
  },
};

const leave = (port) => {
  ports.delete(port);
  if (ports.size) return;
  // The browser may keep the worker for a while: without a tab it needs no stream.
  feed?.stop();
  feed = null;
  connection = { phase: 'connecting' };
};

self.addEventListener('connect', ({ ports: [port] }) => {
  ports.add(port);
  port.addEventListener('message', ({ data }) => {
    if (data === 'leave') leave(port);
    else if (data === 'retry') feed?.retry();
  });
  port.addEventListener('close', () => leave(port));
  port.start();
  port.postMessage({ connection });
  if (feed && model.summary) port.postMessage({ event: 'state', body: stateOf(model) });
  if (feed) return;
  feed = new Feed('events', listener);
  feed.start();
});

self.addEventListener('online', () => feed?.retry());
