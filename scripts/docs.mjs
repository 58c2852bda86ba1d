// Writes from the code: docs/generated, and the proxy's configuration. The specs beside the renderers fail when one is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderAnswers } from './answers.mjs';
import { root } from './prepare.mjs';

const at = (path) => import(join(root, 'dist', path));
const { renderContracts, renderErrors, renderProxy, renderUnavailable } = await at(
  'libs/contracts/src/index.js',
);
const { renderKpiCatalogue } = await at('apps/metrics/src/domain/render-kpi-catalogue.js');
for (const [name, text] of [
  ['docs/generated/contracts.md', renderContracts()],
  ['docs/generated/errors.md', renderErrors()],
  ['libs/contracts/src/answers.ts', renderAnswers(root)],
  ['docs/generated/kpis.md', renderKpiCatalogue()],
  // Helm reads files of its chart only.
  ...['deploy/proxy', 'deploy/helm/touchline/files'].flatMap((folder) => [
    [`${folder}/haproxy.cfg`, renderProxy()],
    [`${folder}/unavailable.http`, renderUnavailable()],
  ]),
]) {
  mkdirSync(join(root, dirname(name)), { recursive: true });
  writeFileSync(join(root, name), text);
  console.log(name);
}
