// What is wrong with a view of the page: its width, and what the accessibility checker finds.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SCHEMES } from './browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Returns what the accessibility checker and the window find wrong with a view in both schemes. */
export const faultsOf = async (page, view) => {
  const faults = [];
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) faults.push(`${view}: ${over} px wider than the window`);
  await page.evaluate(AXE);
  for (const scheme of SCHEMES) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    // The schemes differ in their colours alone.
    const only = scheme === SCHEMES[0] ? STANDARDS : ['color-contrast'];
    const { violations, passes } = await page.evaluate((rules) => axe.run({ runOnly: rules }), only);
    assert.ok(passes.length, `${view}: the checker has run`);
    for (const { id, nodes } of violations) {
      faults.push(`${view}, ${scheme}: ${id}: ${nodes[0].target} ${nodes[0].failureSummary}`);
    }
  }
  return faults;
};
