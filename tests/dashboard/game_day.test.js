import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from './accessibility.js';
import { live, says, setUp, text, tileOf, until } from './browser.js';

const own = setUp();
const { open } = own;

test('a_game_day_is_shown_at_its_breaker_until_it_ends_with_a_report', async () => {
  const page = await open();
  await live(page);
  assert.equal(await page.$eval('#game-day', (node) => node.hidden), true);

  await own.service.holdGameDay('payments', '100%');
  const tile = await tileOf(page, 'payments', 'open');
  assert.match(tile, /Game day: 100 % fail, until \d\d:\d\d:\d\d \(ends in (10 min|9 min \d+ s)\)/);
  assert.match(tile, /5 failures in a row: 5 × injected failure/);
  assert.match(await text(page, '#game-day'), /^Game day Faults are injected into calls of 1 breaker\. It ends in/);
  assert.match(await text(page, '#sum'), /1 in a game day/);
  await says(page, '#live', /A game day has begun/);
  await page.click('[data-id=payments] h3 a');
  await until(page, () => /Game day: 100 % fail/.test(document.querySelector('.hero .game-day')?.innerText));
  await page.goBack();

  await own.service.holdGameDay('payments', 'off');
  await says(page, '#game-day-text', /^Over since .*: the settings ended it\. 1 breaker opened\.$/);
  await until(page, () => document.querySelector('#game-day [data-name=payments]'));
  // A call that was under way when the game day began may succeed after the first faults.
  assert.match(
    await text(page, '#game-day [data-name=payments]'),
    /^payments \d+ failed after \d+ calls, failure threshold.* \d+ failure, \d+ rejected, \d+ fallback; errors: \d+ open, \d+ injected$/,
  );
  await says(page, '#live', /The game day is over/);
  assert.equal(await page.$$eval('.game-day:not([hidden])', (marks) => marks.length), 0);
  assert.deepEqual(await faultsOf(page, 'report of a game day'), []);
});

test('a_game_day_of_a_closed_breaker_is_among_what_needs_attention', async () => {
  const page = await open();
  await live(page);
  await own.service.holdGameDay('basket', '1%');
  assert.match(await tileOf(page, 'basket', 'closed'), /Game day: 1 % fail/);
  await page.goto(own.service.url('?view=table'));
  await live(page);
  await until(page, () => document.querySelector('#all tr[data-id=basket] .game-day:not([hidden])'));
  await own.service.holdGameDay('basket', 'off');
  await until(page, () => !document.querySelector('#all .game-day:not([hidden])'));
});
