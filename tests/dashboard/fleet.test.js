// The fleet on the page: three processes that share breakers through a real Redis server.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { faultsOf } from './accessibility.js';
import {
  FleetOf,
  launch,
  live,
  openPage,
  says,
  Service,
  text,
  tileOf,
  TOKEN,
  until,
  WIDTHS,
} from './browser.js';

const MEMBERS = [['web-1'], ['web-2'], ['web-3', 'sensitive']];

let browser;
let context;
let fleet;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  [context, fleet] = await Promise.all([browser.createBrowserContext(), FleetOf.start(MEMBERS)]);
});
afterEach(async () => {
  const faults = (await context.pages()).flatMap((page) => page.faults ?? []);
  await context.close();
  await fleet.stop();
  assert.deepEqual(faults, []);
});

const open = (path = '', number = 0, options = {}) =>
  openPage(context, fleet.services[number].url(path), options);

/** Waits until the row of a group in the list shows a kind of state. */
const rowOf = (page, group, kind) =>
  until(
    page,
    (name, wanted) =>
      [...document.querySelectorAll('#fleet tbody tr')].some(
        (row) => row.querySelector('th').textContent === name && row.dataset.kind === wanted,
      ),
    group,
    kind,
  );

test('list_shows_the_store_and_the_groups_and_marks_shared_breakers', async () => {
  const page = await open();
  await live(page);
  await says(page, '#fleet-store', /Store reached since \d\d:\d\d:\d\d/);
  await says(page, '#fleet-counts', /4 shared groups, none open/);
  await says(page, '#fleet-process', /web-1, through .*r\.sock/);
  await rowOf(page, 'stock', 'closed');
  await until(page, () => document.querySelector('tr[data-id=stock] .shared:not([hidden])'));
  const marked = await page.$$eval('#rest tr[data-id]', (rows) =>
    rows.filter((row) => row.querySelector('.shared:not([hidden])')).map((row) => row.dataset.id),
  );
  assert.deepEqual(marked.sort(), ['regions', 'search', 'stock']);

  await page.click('#only-shared');
  await until(page, () => document.querySelectorAll('#rest tr[data-id]').length === 3);
  assert.match(page.url(), /shared=1/);
  await page.reload();
  await live(page);
  await until(page, () => document.querySelectorAll('#rest tr[data-id]').length === 3);
  assert.equal(await page.$eval('#only-shared', (button) => button.ariaPressed), 'true');

  await fleet.set('stock', 'down');
  const other = await open('', 2);
  await Promise.all([rowOf(page, 'stock', 'open'), rowOf(other, 'stock', 'open')]);
  assert.match(await tileOf(page, 'stock', 'open'), /stock \(shared with the group stock\) Open/);
  // The link of a key's group leads to the key.
  await page.$$eval('#fleet tbody a', (links) =>
    links.find((link) => link.textContent === 'regions[north]').click(),
  );
  await until(page, () => document.getElementById('detail-title')?.textContent === 'regions [north]');
  await says(page, '.panel.fleet', /Fleet: group regions\[north\]/);
});

test('detail_shows_the_members_what_they_see_and_who_probes', async () => {
  const page = await open('breakers/stock');
  await live(page);
  await says(page, '.panel.fleet', /web-1 \(this process\).*web-2.*web-3/);
  await says(page, '.panel.fleet', /different versions or options/);
  await says(page, '.members', /variant A.*variant B|variant B.*variant A/);
  await says(page, '.members', /just now|1 s ago/);
  await fleet.set('stock', 'down');
  await says(page, '.panel.fleet', /Opened by the fleet: .*(failures in a row|quorum)/);
  // A probe that takes five seconds.
  await fleet.set('stock', 'slow');
  await says(page, '.members', /web-\d.{0,17} Probes/);
  await says(page, '.panel.fleet', /(This process|web-\d) probes, for \d s/);
  await fleet.set('stock', 'up');
  await says(page, '.panel.fleet', /Recovered: the probes of a process succeeded/);
});

test('command_is_asked_for_all_processes_and_in_force_in_each', async () => {
  const page = await open('breakers/search');
  const others = await Promise.all([open('breakers/search', 1), open('', 2)]);
  await Promise.all([page, ...others].map(live));
  await page.bringToFront();
  await says(page, '.act-all h3', /Change all 3 processes/);
  await page.click('[data-fleet-action=force_open]');
  assert.equal(await text(page, '#act-title'), 'Force open everywhere: search');
  assert.match(await text(page, '#act-does'), /Every call in all 3 processes of the fleet is rejected/);
  await page.type('#act-token', 'a guess');
  await page.type('#act-author', 'ada');
  await page.type('#act-reason', 'reindexing');
  await page.click('#act-send');
  await says(page, '#act-refusal', /token is wrong/);
  await page.$eval('#act-token', (input) => (input.value = ''));
  await page.type('#act-token', TOKEN);
  await page.click('#act-send');
  await until(page, () => !document.getElementById('act').open);
  await says(
    page,
    '.act-all .result',
    /force open everywhere, by ada. The group is forced open in all 3 processes until \d\d:\d\d:\d\d/,
  );
  assert.equal(await page.evaluate(() => document.activeElement.dataset.fleetAction), 'force_open');
  await says(page, '.panel.fleet', /Forced open .*ada: “reindexing” .*Ends in (30 min|29 min \d+ s)/);
  await says(others[0], '.hero', /Forced open .*ada: “reindexing”/);
  await tileOf(others[1], 'search', 'forced');
  await rowOf(others[1], 'search', 'forced');

  await page.click('[data-fleet-action=automatic]');
  assert.equal(await page.$eval('#act-end', (node) => node.hidden), true);
  await page.type('#act-reason', 'done');
  await page.click('#act-send');
  await says(page, '.act-all .result', /The group is closed in all 3 processes/);
  await until(others[0], () => document.querySelector('.hero[data-kind=closed]'));
});

test('lost_store_is_said_with_the_age_of_what_is_shown_until_it_is_back', async () => {
  const page = await open('breakers/stock');
  const listed = await open('', 1);
  await Promise.all([live(page), live(listed)]);
  await says(page, '.members', /web-3/);
  await fleet.redis.stop();
  await says(page, '.panel.fleet > .failed', /Store lost since .* Each breaker decides by itself/);
  await says(page, '.panel.fleet', /The processes are those of \d\d:\d\d:\d\d/);
  await says(listed, '#fleet-store', /Store lost/);
  await rowOf(listed, 'stock', 'near');
  await page.bringToFront();
  await page.click('[data-fleet-action=reset]');
  await page.type('#act-token', TOKEN);
  await page.type('#act-author', 'ada');
  await page.type('#act-reason', 'fixed');
  await page.click('#act-send');
  await says(page, '#act-refusal', /Store of the fleet: there is no connection/);
  await page.keyboard.press('Escape');
  await fleet.redis.start();
  await says(listed, '#fleet-store', /Store reached/);
  await until(page, () => document.querySelector('.panel.fleet > .failed').hidden);
  await says(page, '.members', /web-1 \(this process\).*web-2.*web-3/);
});

test('views_of_the_fleet_fit_the_window_and_pass_the_accessibility_checker', async () => {
  await fleet.set('stock', 'down');
  const found = [];
  for (const width of WIDTHS) {
    for (const path of ['', '?view=table&shared=1', 'breakers/stock', 'breakers/regions']) {
      const page = await open(path, 0, { width });
      await live(page);
      await until(page, () => document.querySelector('#fleet tbody tr, .panel.fleet:not([hidden]) tr'));
      found.push(...(await faultsOf(page, `${path}, ${width} px`)));
      await page.close();
    }
  }
  await fleet.redis.stop();
  const page = await open('', 0, { width: WIDTHS[0] });
  await says(page, '#fleet-store', /Store lost/);
  found.push(...(await faultsOf(page, 'lost')));
  assert.deepEqual(found, []);
});

test('page_of_a_process_without_a_fleet_shows_none_and_asks_for_none', async () => {
  const alone = await new Service().start();
  try {
    const page = await openPage(context, 'about:blank');
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(alone.url());
    await live(page);
    const hidden = await page.$$eval('#fleet, #only-shared', (nodes) => nodes.map((node) => node.hidden));
    assert.deepEqual(hidden, [true, true]);
    await page.goto(alone.url('breakers/basket'));
    await live(page);
    assert.equal(await page.$eval('.panel.fleet', (node) => node.hidden), true);
    await says(page, '.side', /^Change Force open/);
    assert.deepEqual(asked.filter((path) => path.includes('fleet')), []);
  } finally {
    await alone.stop();
  }
});
