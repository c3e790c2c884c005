import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsOf } from './accessibility.js';
import { launch, live, MARKUP, openPage, Service, tileOf, until, WIDTHS } from './browser.js';

let browser;
let service;

before(async () => {
  [browser, service] = await Promise.all([launch(), new Service().start()]);
  await Promise.all([
    service.set('payments', 'down'),
    service.set('eu-2', 'down'),
    service.set(MARKUP, 'flaky'),
    service.holdGameDay('invoices', '10%'),
  ]);
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

/** Each view of the page: its address, and what brings it about. */
const VIEWS = {
  tiles: {
    path: '',
    bring: async (page) => {
      await tileOf(page, 'payments', '');
      await page.$eval('[data-id=hosts] .fold summary', (summary) => summary.click());
      await until(page, () => document.querySelector('.keys [data-key]'));
    },
  },
  calm: {
    path: '?q=basket',
    bring: (page) => until(page, () => document.querySelector('tr[data-id=basket]')),
  },
  nothing: {
    path: '?q=nothing',
    bring: (page) => until(page, () => !document.getElementById('none').hidden),
  },
  held: {
    path: '',
    bring: async (page) => {
      await tileOf(page, 'payments', '');
      await page.hover('[data-id=payments] h3');
      await page.evaluate(() => {
        list.shown = { ...list.shown, rows: [] };
        list.severities.clear();
        list.refresh();
      });
      await until(page, () => !document.getElementById('held').hidden);
    },
  },
  table: {
    path: '?view=table',
    bring: (page) => until(page, () => document.querySelector('#all tr[data-id]')),
  },
  detail: {
    path: 'breakers/payments',
    bring: async (page) => {
      await until(page, () => document.querySelector('.report .plot'));
      await page.$eval('.report .fold summary', (summary) => summary.click());
    },
  },
  keys: {
    path: 'breakers/hosts',
    bring: (page) => until(page, () => document.querySelector('.keys [data-key]')),
  },
  unknown: {
    path: 'breakers/unknown',
    bring: (page) => until(page, () => document.querySelector('#detail > .failed:not([hidden])')),
  },
  dialog: {
    path: 'breakers/payments',
    bring: async (page) => {
      await page.waitForSelector('[data-action=force_open]', { visible: true });
      await page.click('[data-action=force_open]');
      await page.click('#act-send');
      await until(page, () => !document.getElementById('act-refusal').hidden);
    },
  },
};

test('all_views_fit_the_window_and_pass_the_accessibility_checker', async () => {
  const visit = async (width) => {
    const found = [];
    const context = await browser.createBrowserContext();
    for (const [name, { path, bring }] of Object.entries(VIEWS)) {
      const page = await openPage(context, service.url(path), { width });
      await live(page);
      await bring(page);
      found.push(...(await faultsOf(page, `${name}, ${width} px`)), ...page.faults);
      await page.close();
    }
    await context.close();
    return found;
  };
  assert.deepEqual((await Promise.all(WIDTHS.map(visit))).flat(), []);
});

test('a_lost_connection_passes_the_accessibility_checker', async () => {
  const lost = await new Service().start();
  const page = await openPage(await browser.createBrowserContext(), lost.url());
  await live(page);
  await lost.stop();
  await until(page, () => !document.getElementById('lost').hidden);
  assert.deepEqual(await faultsOf(page, 'lost'), []);
});

test('a_state_is_shown_by_word_and_shape_and_not_by_colour_alone', async () => {
  const page = await openPage(await browser.createBrowserContext(), service.url('?view=table'));
  await live(page);
  await until(
    page,
    () => document.querySelector('tr[data-kind=near]') && document.querySelector('tr[data-kind=open]'),
  );
  const shown = await page.$$eval('#all .state', (states) =>
    states.map((state) => [
      state.dataset.kind,
      state.innerText,
      state.querySelector('path').getAttribute('d'),
    ]),
  );
  const kinds = new Set(shown.map(([kind]) => kind));
  assert.ok(kinds.size >= 3);
  assert.equal(new Set(shown.map(([, word]) => word)).size, kinds.size);
  assert.equal(new Set(shown.map(([, , shape]) => shape)).size, kinds.size);
});

test('reduced_motion_has_no_transition', async () => {
  const page = await openPage(await browser.createBrowserContext(), service.url());
  const duration = () =>
    page.$eval(
      '.level',
      (level) => getComputedStyle(level).transitionProperty + getComputedStyle(level).transitionDuration,
    );
  await live(page);
  assert.equal(await duration(), 'width0.4s');
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  assert.equal(await duration(), 'none0s');
});
