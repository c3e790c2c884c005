// Writes pictures of the page's views into a folder; `dashboard-light.png` and `-dark` are those of the README.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FleetOf, launch, live, openPage, SCHEMES, Service, TOKEN, until, WIDTHS } from './browser.js';

const [, , folder, only] = process.argv;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Forces a breaker open as an operator does. */
const force = (name) =>
  fetch(service.url(`breakers/${name}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-breaker-token': TOKEN, origin: service.address },
    body: JSON.stringify({
      action: 'force_open',
      author: 'on-call',
      reason: 'index rebuild',
      minutes: 60,
    }),
  });

const VIEWS = {
  tiles: '',
  table: '?view=table',
  detail: 'breakers/payments',
  keys: 'breakers/hosts',
};

/** Brings about one breaker in each state, after two minutes of calls that fill the charts. */
const act = async () => {
  await pause(90000);
  await service.set('eu-2', 'down');
  await pause(14000);
  await service.set('payments', 'down');
  await service.set('invoices', 'slow');
  await force('shipping');
  await service.set('prices', 'flaky');
  await pause(6000);
  await service.set('recommendations', 'down');
  await pause(2000);
  // Its probes take long: it stays half-open for the pictures.
  await service.set('recommendations', 'slow');
  await pause(8500);
};

const shoot = async (path, width, height, scheme, file, of = service) => {
  const context = await browser.createBrowserContext();
  const page = await openPage(context, of.url(path), { width, height, scheme });
  await live(page);
  // A picture has no scrollbar that the page has to leave room for.
  await page.evaluate(() => (document.documentElement.style.scrollbarGutter = 'auto'));
  await until(page, () => document.querySelector('.tile[data-kind], #all tr[data-id]'));
  // The figures of a breaker come with a request of their own.
  await pause(1000);
  await page.screenshot({ path: join(folder, file), fullPage: width < 500 });
  await context.close();
};

const FLEET_VIEWS = { 'fleet-detail': 'breakers/stock', fleet: '', 'fleet-keys': 'breakers/regions' };

/** Brings about a group that is open, one with a command, and processes with different options. */
const shootFleet = async () => {
  const fleet = await FleetOf.start([['web-1:4711'], ['web-2:4711'], ['web-3:4711', 'sensitive']], ['plain']);
  const address = fleet.services[0];
  try {
    await pause(4000);
    const request = {
      method: 'POST',
      headers: { 'x-breaker-token': TOKEN, origin: address.address },
      body: JSON.stringify({ author: 'ada', reason: 'reindexing', minutes: 30 }),
    };
    const answer = await fetch(address.url('fleet/search/force_open'), request);
    if (!answer.ok) throw new Error(`the command was refused: ${await answer.text()}`);
    await fleet.set('north', 'down');
    await fleet.set('stock', 'down');
    await fleet.untilAll(({ phase }) => phase === 'open');
    // Its probes take long: a process holds the lease for the pictures.
    await fleet.set('stock', 'slow');
    await pause(3500);
    for (const [name, path] of Object.entries(FLEET_VIEWS))
      for (const width of WIDTHS)
        for (const scheme of SCHEMES)
          await shoot(path, width, width < 500 ? 800 : 1080, scheme, `${name}-${width}-${scheme}.png`, address);
    await fleet.redis.stop();
    await pause(2500);
    await shoot('', 1920, 1080, 'light', 'fleet-lost-1920-light.png', address);
    await shoot('breakers/stock', 375, 800, 'dark', 'fleet-lost-detail-375-dark.png', address);
  } finally {
    await fleet.stop();
  }
};

/** Takes the pictures of a process that is in no fleet. */
const shootAll = async () => {
  await act();
  for (const scheme of SCHEMES) await shoot('', 1240, 1060, scheme, `dashboard-${scheme}.png`);
  for (const [name, path] of Object.entries(VIEWS)) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await shoot(path, width, width < 500 ? 800 : 1080, scheme, `${name}-${width}-${scheme}.png`);
      }
    }
  }
};

mkdirSync(folder, { recursive: true });
const [browser, service] = await Promise.all([launch(), new Service(0, ['plain']).start()]);
try {
  await shootFleet();
  if (only !== 'fleet') await shootAll();
} finally {
  await browser.close();
  await service.stop();
}
