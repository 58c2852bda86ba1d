import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { renderKpiCatalogue } from './render-kpi-catalogue.js';

it('docs/generated/kpis.md is the catalogue of today (npm run docs writes it)', () => {
  expect(readFileSync('docs/generated/kpis.md', 'utf8')).toBe(renderKpiCatalogue());
});
