// Writes docs/generated from the code; the specs beside the renderers fail when a file is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const at = (path) => import(join(root, 'dist', path));
const { renderContracts, renderErrors } = await at('libs/contracts/src/index.js');
const { renderKpiCatalogue } = await at('apps/metrics/src/domain/render-kpi-catalogue.js');
const folder = join(root, 'docs', 'generated');
mkdirSync(folder, { recursive: true });
for (const [name, text] of [
  ['contracts.md', renderContracts()],
  ['errors.md', renderErrors()],
  ['kpis.md', renderKpiCatalogue()],
]) {
  writeFileSync(join(folder, name), text);
  console.log(`docs/generated/${name}`);
}
