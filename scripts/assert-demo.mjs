// Reads the demo's last line (JSON) from standard input and asserts what the demo promises.
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';

const result = JSON.parse(readFileSync(0, 'utf8'));
for (const name of ['interactions', 'profiles', 'orders', 'revenue', 'seconds', 'kpis']) {
  assert.ok(name in result, `the demo's JSON lacks '${name}'`);
}
assert.ok(
  result.interactions > 6919,
  `6,919 purchases and simulated traffic, got ${result.interactions}`,
);
assert.ok(
  result.profiles >= 2357,
  `at least the 2,357 customers of the purchases, got ${result.profiles}`,
);
assert.ok(result.orders >= 6919, `at least the 6,919 purchases, got ${result.orders}`);
assert.ok(
  Number(result.revenue) >= 244091.94,
  `at least the revenue of the purchases, got ${result.revenue}`,
);
assert.ok(Object.keys(result.kpis).length >= 14, 'the rolling table has every KPI');
const { correction } = result;
assert.ok(correction, "the demo's JSON lacks 'correction'");
assert.deepEqual(
  correction.ledger.map(({ kpi }) => kpi),
  correction.kpis.map(({ kpi }) => kpi),
  'every KPI that changed is in the ledger',
);
for (const { kpi, old, new: now, causes } of correction.ledger) {
  const shown = correction.kpis.find((each) => each.kpi === kpi);
  assert.notEqual(old.value, now.value, `${kpi} did not change`);
  assert.equal(shown.before.value, old.value, `${kpi} before`);
  assert.equal(shown.after.value, now.value, `${kpi} after`);
  assert.equal(shown.asOf.value, old.value, `${kpi} as it was published before`);
  assert.ok(causes.length > 0, `the correction of ${kpi} has no cause`);
}
assert.equal(correction.facts.length, 1, 'one session stands behind the corrected number');
assert.match(correction.explanation, /same customer/);
assert.equal(result.verified, true, 'everything kept follows from the archive');
console.log(
  `demo: ${result.interactions} interactions, ${result.profiles} profiles in ${result.seconds} s`,
);
