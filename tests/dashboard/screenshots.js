// Writes pictures of the page's views into a folder, and the one of the README: both schemes side by side.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, live, MARKUP, openPage, SCHEMES, Service, TOKEN, until, WIDTHS } from './browser.js';

const folder = process.argv[2];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Forces a breaker open as an operator does. */
const force = (service, name) =>
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

mkdirSync(folder, { recursive: true });
const [browser, service] = await Promise.all([launch(), new Service().start()]);
try {
  // Two minutes of calls, so that the charts are full.
  const page = await openPage(await browser.createBrowserContext(), service.url());
  await live(page);
  await pause(75000);
  await service.set('eu-2', 'down');
  await pause(15000);
  await service.set('payments', 'down');
  await service.set('recommendations', 'down');
  await pause(6000);
  await force(service, 'shipping');
  await service.set('prices', 'flaky');
  await service.set('recommendations', 'recovering');
  await pause(20000);
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      for (const [name, path] of Object.entries(VIEWS)) {
        const view = await openPage(await browser.createBrowserContext(), service.url(path), {
          width,
          height: width < 500 ? 800 : 1080,
          scheme,
        });
        await live(view);
        await until(view, () => document.querySelector('.tile[data-kind], #all tr[data-id]'));
        await pause(1200);
        await view.screenshot({
          path: join(folder, `${name}-${width}-${scheme}.png`),
          fullPage: width < 500,
        });
        await view.close();
      }
    }
  }
} finally {
  await browser.close();
  await service.stop();
}
