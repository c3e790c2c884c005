import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live, openPage, says, Service, setUp, text, tileOf, TOKEN, until } from './browser.js';

const own = setUp();
const { open } = own;

const enter = async (page, values) => {
  for (const [field, value] of Object.entries(values)) {
    await page.$eval(`#act-${field}`, (input) => (input.value = ''));
    await page.type(`#act-${field}`, value);
  }
  await page.click('#act-send');
};

test('a_wrong_token_is_refused_and_the_right_one_accepted', async () => {
  const page = await open('breakers/basket');
  const other = await open();
  await Promise.all([live(page), live(other)]);
  await page.bringToFront();
  await page.click('[data-action=force_open]');

  await enter(page, { token: 'a guess', author: 'on-call', reason: 'index rebuild' });
  await says(page, '#act-refusal', /token/i);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'act-token');
  assert.equal(await page.evaluate(() => document.getElementById('act').open), true);
  assert.equal(await page.$eval('.hero', (hero) => hero.dataset.kind), 'closed');

  await enter(page, { token: TOKEN });
  await until(page, () => !document.getElementById('act').open);
  await says(page, '.result', /force open by on-call. The breaker is forced open until \d\d:\d\d:\d\d/);
  await until(page, () => document.querySelector('.hero[data-kind=forced]'));
  await says(page, '.hero', /on-call: “index rebuild” Ends in (30 min|29 min \d+ s)/);
  const shown = await tileOf(other, 'basket', 'forced');
  assert.match(shown, /Forced open .* on-call: “index rebuild”/);

  // The token stays in the tab: another tab has to enter it again.
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
  assert.equal(await other.evaluate(() => sessionStorage.getItem('breaker-token')), null);

  await page.click('[data-action=automatic]');
  assert.equal(await page.$eval('#act-token', (input) => input.value), TOKEN);
  assert.equal(await page.$eval('#act-end', (node) => node.hidden), true);
  await enter(page, { reason: 'done' });
  await until(page, () => document.querySelector('.hero[data-kind=closed]'));
});

test('a_change_without_author_or_reason_is_refused_before_it_is_sent', async () => {
  const page = await open('breakers/basket');
  await live(page);
  await page.click('[data-action=force_closed]');
  await enter(page, { token: TOKEN });
  await says(page, '#act-refusal', /Enter your name/);
  await enter(page, { author: 'on-call' });
  await says(page, '#act-refusal', /Enter a reason/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'act-reason');
});

test('a_read_only_service_offers_no_change', async () => {
  const closed = await new Service(0, ['read-only']).start();
  try {
    const page = await openPage(own.context, closed.url('breakers/basket'));
    await live(page);
    await says(page, '#detail', /Read-only: the service sets no token for changes/);
    assert.equal(await page.$eval('.acts', (acts) => acts.hidden), true);
  } finally {
    await closed.stop();
  }
});

test('the_keyboard_goes_from_tile_to_detail_to_dialog_and_back', async () => {
  await own.service.set('payments', 'down');
  const page = await open();
  await tileOf(page, 'payments', 'open');
  const focused = () =>
    page.evaluate(
      () =>
        document.activeElement.id ||
        document.activeElement.dataset.action ||
        document.activeElement.innerText,
    );
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 40; presses += 1) {
      if ((await focused()) === wanted) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not reach ${wanted}`);
  };

  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the breakers');
  await page.keyboard.press('Enter');
  await tabTo('payments');
  await page.keyboard.press('Enter');
  await until(page, () => document.activeElement.id === 'detail-title');
  await tabTo('force_open');
  await page.keyboard.press('Enter');
  assert.equal(await focused(), 'act-token');
  await page.keyboard.press('Escape');
  await until(page, () => document.activeElement.dataset.action === 'force_open');
  await page.keyboard.press('Enter');
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Tab');
  await page.keyboard.type('on-call');
  await page.keyboard.press('Tab');
  await page.keyboard.type('drill');
  await page.keyboard.press('Enter');
  await until(page, () => document.querySelector('.hero[data-kind=forced]'));
  assert.equal(await focused(), 'force_open');
  await page.goBack();
  await until(page, () => document.activeElement.innerText === 'payments');
  assert.match(await text(page, '[data-id=payments]'), /Forced open/);
});
