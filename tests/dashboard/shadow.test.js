import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from './accessibility.js';
import { openPage, Service, setUp, text, until } from './browser.js';

const own = setUp();

test('differences_between_a_breaker_and_its_shadow_are_on_its_page', async () => {
  const service = await new Service(0, ['with-shadow']).start();
  try {
    const page = await openPage(own.context, service.url('breakers/wholesale'));
    await until(page, () => document.querySelector('[data-panel=shadow]:not([hidden]) dd'));
    assert.match(await text(page, '[data-panel=shadow]'), /decided as the breaker on each call/);
    assert.match(await text(page, '.settings'), /shadow failure_threshold 2/);

    await service.set('wholesale', 'down');
    await until(page, () =>
      /the shadow alone opened/.test(document.querySelector('[data-panel=shadow]').textContent),
    );
    const panel = await text(page, '[data-panel=shadow]');
    assert.match(panel, /It has differed from .* state open trips 1 would reject \d+/);
    assert.deepEqual(await faultsOf(page, 'shadow'), []);

    // A breaker without a shadow has no panel.
    await page.goto(service.url('breakers/prices'));
    await until(page, () => document.querySelector('.settings'));
    assert.equal((await page.$$('[data-panel=shadow]:not([hidden])')).length, 0);
  } finally {
    await service.stop();
  }
});
