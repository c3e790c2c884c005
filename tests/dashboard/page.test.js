import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { live, MARKUP, openPage, says, Service, setUp, text, tileOf, until } from './browser.js';

const own = setUp();
const { open } = own;

describe('a dependency', () => {
  test('that_fails_and_recovers_is_shown_with_why_countdown_and_answers', async () => {
    const page = await open();
    await live(page);
    assert.match(await page.title(), /^\(0\) Circuit breakers · shop$/);

    await own.service.set('payments', 'down');
    const opened = await tileOf(page, 'payments', 'open');
    assert.match(opened, /Open since \d\d:\d\d:\d\d/);
    assert.match(opened, /5 failures in a row: 5 × ConnectTimeout/);
    assert.match(opened, /Next probe in [45] s/);
    await says(page, '[data-id=payments]', /Next probe in [123] s/);
    await says(page, '[data-id=payments]', /Callers get now \d+ % fallback/);
    assert.match(await text(page, '#sum'), /^1 of \d+ open, oldest \d+ s$/);
    assert.match(await page.title(), /^\(1\)/);
    assert.match(decodeURIComponent(await page.$eval('#icon', (icon) => icon.href)), />1<\/text>/);
    await says(page, '#live', /payments is open: .*failure/);

    await own.service.set('payments', 'up');
    await until(page, () => document.querySelector('tr[data-id=payments][data-kind=closed]'));
    await says(page, '#live', /payments is closed/);
    assert.match(await page.title(), /^\(0\)/);
  });

  test('that_fails_for_one_key_is_folded_under_its_function', async () => {
    const page = await open();
    await live(page);
    await own.service.set('eu-2', 'down');
    assert.match(await tileOf(page, 'hosts', 'open'), /3 keys: 1 open/);
    await page.click('[data-id=hosts] .fold summary');
    await until(page, () => document.querySelector('[data-id=hosts] .keys [data-key]'));
    assert.match(
      await text(page, '[data-id=hosts] .keys [data-key]'),
      /^eu-2 Open next probe in (1 min|\d+ s) 3 failures in a row/,
    );
    await page.click('[data-id=hosts] [data-key=eu-2] a');
    await until(page, () => /hosts \[eu-2\]/.test(document.getElementById('detail-title')?.textContent));
    assert.equal(new URL(page.url()).search, '?key=eu-2');
  });

  test('that_is_pinged_is_shown_with_the_interval_the_next_ping_and_the_last_result', async () => {
    const page = await open();
    await live(page);
    await own.service.set('parcels', 'down');
    assert.match(await tileOf(page, 'parcels', 'open'), /Next ping in [123] s/);
    await says(
      page,
      '[data-id=parcels]',
      /Recovery is checked by a ping every 3 s; next at \d\d:\d\d:\d\d; the last one failed\./,
    );
    await own.service.set('parcels', 'up');
    await says(page, '[data-id=parcels]', /Probes 1 of 2 .* the last one succeeded\./);
    await until(page, () => document.querySelector('tr[data-id=parcels][data-kind=closed]'));
  });

  test('that_is_near_its_trip_is_shown_with_the_distance', async () => {
    const page = await open();
    await live(page);
    await own.service.set('prices', 'flaky');
    assert.match(
      await tileOf(page, 'prices', 'near'),
      /Closed, \d+ % of the way to the trip .* Failure rate [\d.]+ % of 50 %/,
    );
  });
});

test('a_name_that_is_markup_stays_text_in_all_views', async () => {
  await own.service.set(MARKUP, 'flaky');
  const page = await open();
  await tileOf(page, MARKUP, 'near');
  await page.click('.tile h3 a');
  await until(page, (name) => document.getElementById('detail-title')?.textContent === name, MARKUP);
  assert.ok(page.url().endsWith(`/breakers/${encodeURIComponent(MARKUP)}`));
  await page.reload();
  await until(page, () => document.querySelector('.hero[data-kind=near]'));
  assert.equal(await text(page, '#detail-title'), MARKUP);
  await page.goto(own.service.url('?view=table'));
  await live(page);
  assert.equal(await page.$eval('tr[data-kind=near] th a', (link) => link.textContent), MARKUP);
  assert.equal(await page.$$eval('script', (scripts) => scripts.length), 1);
});

test('a_breaker_named_as_a_part_of_an_address_has_its_view', async () => {
  const page = await open();
  await live(page);
  await page.click('tr[data-id=".."] a');
  await until(page, () => document.querySelector('.hero[data-kind=closed]'));
  assert.ok(page.url().endsWith('/breakers/~..'));
  await page.reload();
  await until(page, () => document.querySelector('.settings td'));
  assert.equal(await text(page, '#detail-title'), '..');
});

test('a_time_of_another_day_has_its_date', async () => {
  const page = await open();
  const shown = (ahead) => page.evaluate((ms) => clock(Date.now() + ms), ahead);
  assert.match(await shown(0), /^1[23]:\d\d:\d\d$/);
  assert.match(await shown(24 * 3600 * 1000), /^\d{4}-\d\d-\d\d 1[23]:\d\d:\d\d$/);
});

test('a_restarted_service_is_shown_as_lost_and_found_again', async () => {
  const page = await open();
  await live(page);
  await own.service.stop();
  await until(page, () =>
    /^Connection lost: .* The figures are from \d\d:\d\d:\d\d\. /.test(
      document.getElementById('lost-text').textContent,
    ),
  );
  assert.equal(await text(page, '#connection'), 'Connection lost');
  assert.match(await page.title(), /^\(\?\)/);
  await own.service.start();
  await own.service.set('payments', 'down');
  await until(page, () => document.getElementById('connection').dataset.phase === 'live');
  await tileOf(page, 'payments', 'open');
  assert.equal(await page.$eval('#lost', (node) => node.hidden), true);
});

test('a_stream_that_is_cut_goes_on_from_its_last_event', async () => {
  const page = await open();
  await live(page);
  await until(page, () => document.querySelector('tr[data-id=basket] td').innerText !== '0');
  await own.service.cut();
  await until(page, () => document.getElementById('connection').dataset.phase === 'lost');
  await own.service.set('payments', 'down');
  await until(page, () => document.getElementById('connection').dataset.phase === 'live');
  await tileOf(page, 'payments', 'open');
  assert.equal(await own.service.count('resumed'), 1);
  assert.equal(await own.service.count('streams'), 2);
});

test('two_tabs_share_one_stream', async () => {
  const first = await open();
  await live(first);
  const second = await open('breakers/basket');
  await live(second);
  assert.equal(await own.service.count('streams'), 1);
  await first.close();
  await own.service.set('basket', 'flaky');
  await until(second, () => document.querySelector('.hero[data-kind=near]'));
  assert.equal(await own.service.count('streams'), 1);
});

test('a_browser_without_shared_workers_has_its_own_stream', async () => {
  const page = await open('', { before: () => delete window.SharedWorker });
  await live(page);
  await own.service.set('payments', 'down');
  await tileOf(page, 'payments', 'open');
});

test('the_filter_is_kept_in_the_address_and_on_the_way_back', async () => {
  const page = await open();
  await live(page);
  await page.type('#filter', 'mail');
  await until(page, () => document.querySelectorAll('#rest tbody tr').length === 1);
  assert.equal(new URL(page.url()).search, '?q=mail');
  await page.click('tr[data-id="mail/send"] a');
  await until(page, () => document.getElementById('detail-title')?.textContent === 'mail/send');
  await page.goBack();
  await until(
    page,
    () =>
      document.activeElement.textContent === 'mail/send' &&
      document.getElementById('filter').value === 'mail',
  );
  await page.reload();
  await live(page);
  assert.deepEqual(await page.$$eval('#rest tbody tr', (rows) => rows.map((row) => row.dataset.id)), [
    'mail/send',
  ]);
  await page.click('#filter');
  await page.keyboard.type(' and nothing');
  await until(page, () =>
    /^No breaker has “mail and nothing” in its name/.test(document.getElementById('none').innerText),
  );
});

test('the_table_sorts_by_a_column_and_keeps_that_order', async () => {
  await own.service.set('prices', 'flaky');
  const page = await open('?view=table');
  await live(page);
  await until(page, () => document.querySelector('tr[data-kind=near]'));
  const first = () => page.$$eval('#all tbody tr', (rows) => rows[0].dataset.id);
  const sort = (title) =>
    page.evaluate(
      (name) =>
        [...document.querySelectorAll('.sort')].find((button) => button.textContent === name).click(),
      title,
    );
  const sorted = () =>
    page.$$eval('[aria-sort]', (heads) =>
      heads.map((head) => `${head.innerText} ${head.getAttribute('aria-sort')}`),
    );
  assert.equal(await first(), 'prices');
  await sort('Breaker');
  assert.equal(await first(), '..');
  assert.deepEqual(await sorted(), ['Breaker ascending']);
  await sort('Breaker');
  assert.equal(await first(), 'shipping');
  await own.service.set('payments', 'down');
  await until(page, () => document.querySelector('tr[data-id=payments][data-kind=open]'));
  assert.equal(await first(), 'shipping');
  await sort('Breaker');
  assert.deepEqual(await sorted(), []);
  assert.equal(await first(), 'payments');
});

describe('the order', () => {
  // The ids of the breakers as they stand on the page.
  const ids = (page) =>
    page.$$eval('#tile-view [data-id]', (nodes) => nodes.map((node) => node.dataset.id));

  test('is_held_under_the_focus_and_follows_after_it', async () => {
    const page = await open();
    await live(page);
    await page.focus('tr[data-id=invoices] a');
    const order = await ids(page);
    await own.service.set('payments', 'down');
    await until(page, () =>
      /Open/.test(document.querySelector('tr[data-id=payments] .state').innerText),
    );
    await until(page, () => !document.getElementById('held').hidden);
    assert.deepEqual(await ids(page), order);
    await page.evaluate(() => document.activeElement.blur());
    await tileOf(page, 'payments', 'open');
    assert.equal((await ids(page))[0], 'payments');
  });

  test('is_held_under_the_pointer_until_the_person_asks_for_it', async () => {
    const page = await open();
    await live(page);
    await page.hover('tr[data-id=invoices]');
    const order = await ids(page);
    await own.service.set('payments', 'down');
    await says(page, '#held', /held while you are at the list: payments is worse now. Sort now/);
    // Not even a pointer that was left there for an hour gives the order away.
    await page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() + 3600000;
    });
    await own.service.set('recommendations', 'down');
    await says(page, '#held', /: payments and 1 other are worse now/);
    assert.deepEqual(await ids(page), order);
    await page.hover('#reorder');
    await page.evaluate(() => list.refresh());
    assert.deepEqual(await ids(page), order, 'the button is not taken away from under the pointer');
    await page.click('#reorder');
    await tileOf(page, 'payments', 'open');
    assert.equal(await page.$eval('#held', (held) => held.hidden), true);
  });

  test('that_is_held_is_announced_and_sorted_by_the_keyboard', async () => {
    const page = await open();
    await live(page);
    await page.focus('tr[data-id=invoices] a');
    await own.service.set('payments', 'down');
    await says(page, '#live', /order of the list is held: payments is worse now. Escape sorts it/);
    await page.keyboard.press('Escape');
    await tileOf(page, 'payments', 'open');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'invoices');
  });

  test('of_keys_is_held_under_the_pointer', async () => {
    const page = await open();
    await live(page);
    await own.service.set('us-1', 'down');
    await tileOf(page, 'hosts', 'open');
    await page.click('[data-id=hosts] .fold summary');
    const keys = () => page.$$eval('.keys [data-key]', (nodes) => nodes.map((node) => node.dataset.key));
    await until(page, () => document.querySelectorAll('.keys [data-key]').length === 3);
    assert.deepEqual(await keys(), ['us-1', 'eu-1', 'eu-2']);
    await page.evaluate(() => document.activeElement.blur());
    await page.hover('.keys [data-key=eu-1]');
    await own.service.set('eu-2', 'down');
    await until(page, () => document.querySelector('[data-key=eu-2][data-kind=open]'));
    await says(page, '[data-id=hosts] .fold', /the order is held while you are at the keys/);
    assert.deepEqual(await keys(), ['us-1', 'eu-1', 'eu-2']);
    await page.hover('#service');
    await until(page, () => document.querySelector('.keys').children[1].dataset.key === 'eu-2');
  });
});

test('a_thousand_breakers_leave_the_page_quick', async () => {
  const many = await new Service(1000).start();
  try {
    const page = await openPage(own.context, many.url());
    await live(page);
    assert.match(await text(page, '#sum'), /^1,0\d\d breakers, none open$/);
    assert.ok((await page.$$('*')).length < 500, 'folded breakers have no nodes');
    await page.click('#rest > summary');
    await until(page, () => document.querySelectorAll('#rest tbody tr').length >= 60);
    const rows = (await page.$$('#rest tbody tr')).length;
    assert.ok(rows <= 180, `${rows} rows for one screen`);

    const before = await page.metrics();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const later = await page.metrics();
    const busy = (later.TaskDuration - before.TaskDuration) / (later.Timestamp - before.Timestamp);
    assert.ok(busy < 0.25, `the page is busy for ${(busy * 100).toFixed(0)} % of the time`);

    const took = await page.evaluate(async () => {
      const filter = document.getElementById('filter');
      const start = performance.now();
      filter.value = 'service-0777';
      filter.dispatchEvent(new Event('input'));
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - start;
    });
    assert.deepEqual(
      await page.$$eval('#rest tbody tr', (nodes) => nodes.map((node) => node.dataset.id)),
      ['service-0777'],
    );
    assert.ok(took < 500, `the filter took ${took.toFixed(0)} ms`);
  } finally {
    await many.stop();
  }
});
