// The browser and the service that the tests of the page use.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

const SERVER =
  process.env.DASHBOARD_SERVER ??
  fileURLToPath(new URL('../../target/debug/examples/dashboard_server', import.meta.url));
const CHROMIUM =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );

export const TOKEN = 'open sesame';
export const MARKUP = '<script>alert(1)</script>';
export const WIDTHS = [375, 1920];
export const SCHEMES = ['light', 'dark'];

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A service with a dashboard. It can be stopped and started again at the same address. */
export class Service {
  constructor(more = 0, flags = []) {
    this.words = [String(more), ...flags];
  }

  async start() {
    this.port ??= await freePort();
    this.process = spawn(SERVER, [String(this.port), ...this.words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const failed = new Promise((_, reject) => {
      this.process.on('error', reject);
      this.process.on('exit', (code) =>
        reject(new Error(`the service ended with ${code} before it listened`)),
      );
    });
    const lines = createInterface({ input: this.process.stdout });
    const listening = new Promise((resolve) => lines.once('line', resolve));
    this.address = await Promise.race([listening, failed]);
    failed.catch(() => {});
    return this;
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await exited;
  }

  url(path = '') {
    return `${this.address}/breakers-ui/${path}`;
  }

  /** Sets the condition of a dependency: `up`, `flaky` or `down`. */
  async set(dependency, condition) {
    const response = await fetch(
      `${this.address}/dependency/${encodeURIComponent(dependency)}/${condition}`,
      { method: 'POST' },
    );
    if (!response.ok) throw new Error(`the condition was not set: ${response.status}`);
  }

  /** Begins a game day in which a share of the calls of a breaker fails; `off` ends it. */
  async holdGameDay(name, share) {
    const address = `${this.address}/game-day/${encodeURIComponent(name)}/${share}`;
    const response = await fetch(address, { method: 'POST' });
    if (!response.ok) throw new Error(`no game day: ${response.status} ${await response.text()}`);
  }

  /** Returns a number that the service counts: `streams` or `resumed`. */
  async count(what) {
    return Number(await (await fetch(`${this.address}/${what}`)).text());
  }

  /** Ends all open streams of events, as a proxy may. */
  async cut() {
    await fetch(`${this.address}/cut`, { method: 'POST' });
  }
}

/** A Redis server on a socket, with nothing on disk but a folder that goes with it. */
export class Redis {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'breaker-redis-'));
    this.socket = join(this.folder, 'r.sock');
    this.url = `redis+unix://${this.socket}`;
  }

  async start() {
    const program = process.env.BREAKER_TEST_REDIS ?? 'redis-server';
    const words = ['--port', '0', '--unixsocket', this.socket, '--save', '', '--dir', this.folder];
    this.process = spawn(program, words, { stdio: 'ignore' });
    let failure = null;
    this.process.on('error', ({ message }) => (failure = `${program}: ${message}; install redis-server`));
    this.process.on('exit', (code) => (failure ??= `${program} ended with ${code}`));
    for (let tries = 0; !(await this.answers()); tries += 1) {
      if (failure || tries > 600) throw new Error(failure ?? 'the Redis server is not ready');
      // It has no signal that it is ready.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this;
  }

  answers() {
    return new Promise((resolve) => {
      const socket = createConnection(this.socket, () => socket.write('PING\r\n'));
      socket.on('error', () => resolve(false));
      socket.on('data', (data) => {
        resolve(String(data).startsWith('+PONG'));
        socket.destroy();
      });
    });
  }

  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await exited;
    rmSync(this.socket, { force: true });
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Services that share breakers through a Redis server. */
export class FleetOf {
  /** Starts services with these names and flags, and waits until they know of each other. */
  static async start(members, flags = []) {
    const fleet = new FleetOf();
    fleet.redis = await new Redis().start();
    try {
      fleet.services = [];
      for (const [name, ...own] of members) {
        const words = [...flags, ...own, `fleet=${fleet.redis.url}`, `process=${name}`];
        fleet.services.push(await new Service(0, words).start());
      }
      await fleet.untilAll((group) => group.live === members.length);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** Waits until the group `stock` is so as each service sees it. */
  async untilAll(holds) {
    const limit = Date.now() + 20000;
    for (const service of this.services) {
      for (;;) {
        const { groups = [] } = await (await fetch(service.url('fleet'))).json();
        const group = groups.find(({ name }) => name === 'stock');
        if (group && holds(group)) break;
        if (Date.now() > limit) throw new Error(`the fleet is not so: ${JSON.stringify(group)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Sets the condition of a dependency for all. */
  set(dependency, condition) {
    return Promise.all(this.services.map((service) => service.set(dependency, condition)));
  }

  async stop() {
    await Promise.all((this.services ?? []).map((service) => service.stop()));
    await this.redis.end();
  }
}

export const launch = () => {
  if (!CHROMIUM) throw new Error('Chromium is not installed; run .ci/dashboard, which installs it');
  // The sandbox refuses to run as root, as in a container.
  return puppeteer.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
};

/**
 * Returns a time zone in which a time of day is now between `hour` and an hour later. The page writes the date
 * beside a time of another day, so what a test reads must not depend on when it runs.
 */
export const zoneAt = (hour) => {
  const ahead = (hour - new Date().getUTCHours() + 36) % 24 - 12;
  // The sign in these names is that of POSIX: zones east of Greenwich have a minus.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
};

/** Opens a page in a context, and collects what must not happen in it: errors and refusals of the policy. */
export const openPage = async (
  context,
  url,
  { width = 1280, height = 900, scheme = 'light', zone = zoneAt(12), before } = {},
) => {
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => page.faults.push(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text()))
      page.faults.push(`console: ${message.text()}`);
  });
  await page.setViewport({ width, height, isMobile: width < 500 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.emulateTimezone(zone);
  if (before) await page.evaluateOnNewDocument(before);
  await page.goto(url);
  return page;
};

/**
 * Gives each test of a file a service and a context of its own, which are closed after it; a fault of a page
 * fails the test. Returns what the present test has.
 */
export const setUp = () => {
  const own = {};
  before(async () => {
    own.browser = await launch();
  });
  after(() => own.browser?.close());
  beforeEach(async () => {
    [own.context, own.service] = await Promise.all([
      own.browser.createBrowserContext(),
      new Service().start(),
    ]);
  });
  afterEach(async () => {
    const faults = (await own.context.pages()).flatMap((page) => page.faults ?? []);
    await own.context.close();
    await own.service.stop();
    assert.deepEqual(faults, []);
  });
  /** Opens a page of the service. */
  own.open = (path = '', options) => openPage(own.context, own.service.url(path), options);
  return own;
};

/** Waits until `condition` holds in the page. */
export const until = (page, condition, ...values) =>
  page.waitForFunction(condition, { timeout: 15000, polling: 100 }, ...values);

export const live = (page) =>
  until(
    page,
    () =>
      document.getElementById('connection').dataset.phase === 'live' &&
      document.getElementById('sum-main').textContent !== 'Loading',
  );

export const text = (page, selector) =>
  page.$eval(selector, (node) => node.innerText.replace(/\s+/g, ' ').trim());

/** Waits until a breaker's tile shows a kind of state, and returns the text of the tile. */
export const tileOf = async (page, id, kind) => {
  const state = kind && `[data-kind=${kind}]`;
  const selector = `.tile[data-id=${JSON.stringify(id)}]${state}`;
  await page.waitForSelector(selector, { timeout: 15000 });
  return text(page, selector);
};

/** Waits until the text of a node, with its spaces made single, matches a pattern. */
export const says = (page, selector, pattern) =>
  until(
    page,
    (where, source, flags) => {
      const node = document.querySelector(where);
      return [node?.textContent, node?.innerText].some((words) =>
        new RegExp(source, flags).test((words ?? '').replace(/\s+/g, ' ')),
      );
    },
    selector,
    pattern.source,
    pattern.flags,
  );
