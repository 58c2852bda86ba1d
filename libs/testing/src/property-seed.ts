/**
 * Jest set-up file: one seed for the property tests of a run, which `npm test` and `npm run check` print in their last lines;
 * `TOUCHLINE_TEST_SEED=<seed>` repeats the run. A failing property prints its own seed and path as well.
 */
import fc from 'fast-check';

const seed = process.env['TOUCHLINE_TEST_SEED'];
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
