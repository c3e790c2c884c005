import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from './accessibility.js';
import { live, openPage, Service, setUp, text, tileOf, until } from './browser.js';

const own = setUp();

test('a_breaker_that_cannot_do_its_work_is_shown_with_what_to_do_until_it_can', async () => {
  const service = await new Service(0, ['slow-to-judge']).start();
  try {
    const page = await openPage(own.context, service.url());
    await live(page);
    assert.equal((await page.$$('[data-id=ledger].tile')).length, 0);

    await service.set('ledger', 'down');
    const tile = await tileOf(page, 'ledger', 'closed');
    assert.match(tile, /\d+ calls failed in a row, and it is closed \(for \d+ s\) Set failure_threshold, make window shorter/);
    await page.click('[data-id=ledger] h3 a');
    await until(page, () => document.querySelector('.hero [data-finding=failing-while-closed]'));
    assert.match(await text(page, '.hero .findings'), /failed in a row, and it is closed/);
    assert.deepEqual(await faultsOf(page, 'findings'), []);
    await page.goBack();

    await service.set('ledger', 'up');
    // The tile itself stays while the focus is on it.
    await until(page, () => !document.querySelector('[data-id=ledger] [data-finding]'));
  } finally {
    await service.stop();
  }
});
