// The stream of events: reads it, resumes it, and reports the state of the connection.
// `fetch` instead of `EventSource`: that hides the heartbeats, and stops for good after an error of a proxy.

const SILENCE_MS = 25000;
const LONGEST_PAUSE_MS = 10000;

/** Splits text of the event stream format into events; calls `emit(event, data, id)` for each. */
const eventParser = (emit) => {
  let rest = '';
  let fields = { data: [] };
  const field = (line) => {
    if (line === '') {
      if (fields.data.length) emit(fields.event ?? 'message', fields.data.join('\n'), fields.id);
      fields = { data: [] };
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') fields.data.push(value);
    else if (name === 'event' || name === 'id') fields[name] = value;
  };
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) field(line.replace(/\r$/, ''));
  };
};

class Feed {
  #url;
  #listener;
  #lastId = null;
  #failures = 0;
  #abort = null;
  #pause = null;
  #silence = null;
  #heardAt = null;

  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
  }

  start() {
    clearTimeout(this.#pause);
    this.#pause = null;
    this.#read().catch((error) => this.#lost(error));
  }

  /** Connects at once, if the feed is waiting for its next attempt. */
  retry() {
    if (this.#pause) this.start();
  }

  stop() {
    clearTimeout(this.#pause);
    this.#pause = null;
    this.#listener = { event() {}, connection() {} };
    this.#abort?.abort();
  }

  async #read() {
    this.#abort = new AbortController();
    this.#heard();
    const headers = { Accept: 'text/event-stream' };
    if (this.#lastId) headers['Last-Event-ID'] = this.#lastId;
    const response = await fetch(this.#url, { headers, cache: 'no-store', signal: this.#abort.signal });
    if (!response.ok) throw new Error(`the service answered ${response.status}`);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new Error('the answer is no event stream');
    const parse = eventParser((event, data, id) => this.#event(event, data, id));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    if (this.#lastId) this.#live();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('the service ended the stream');
      this.#heard();
      parse(value);
    }
  }

  #event(event, data, id) {
    const body = JSON.parse(data);
    if (id) this.#lastId = id;
    this.#live();
    this.#listener.event(event, body);
  }

  #live() {
    if (this.#failures < 0) return;
    this.#failures = -1;
    this.#listener.connection({ phase: 'live' });
  }

  #heard() {
    this.#heardAt = Date.now();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#abort.abort(), SILENCE_MS);
  }

  #lost(error) {
    clearTimeout(this.#silence);
    this.#abort.abort();
    this.#failures = Math.max(this.#failures, 0) + 1;
    // Spread out, so that all viewers of a restarted service do not come back in the same instant.
    const pause = Math.min(500 * 2 ** this.#failures, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2);
    const why =
      error.name === 'AbortError'
        ? 'nothing came for 25 s'
        : error instanceof TypeError
          ? 'the service does not answer'
          : error.message;
    this.#pause = setTimeout(() => this.start(), pause);
    this.#listener.connection({
      phase: 'lost',
      heardAt: this.#heardAt,
      retryAt: Date.now() + pause,
      why,
    });
  }
}
