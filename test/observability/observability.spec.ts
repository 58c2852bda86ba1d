import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SERVICES } from '#contracts';
import { SERVICE_PORTS } from '#runtime';
import { alertGroups, alerts, dashboards, expressions, readYaml } from './observed.js';
import { readPromql } from './promql.js';

describe('what Prometheus is asked', () => {
  it.each(expressions())('%s is PromQL', (_, expression) => {
    expect(readPromql(expression).length).toBeGreaterThan(0);
  });

  it.each([
    'sum(rate(a[5m])',
    'rate(a)',
    'sum(a[5m])',
    'histogram_quantile(0.9)',
    'a > 0 and 1',
    'rates(a[5m])',
    'a{b=5}',
    'a b',
    'a[5m]',
    'sum by a (b)',
  ])('the reader that says so refuses %s', (wrong) => {
    expect(() => readPromql(wrong)).toThrow();
  });
});

describe('alerts', () => {
  it('are rules with a name of their own, a span, a severity and a sentence', () => {
    const names = alerts().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(alertGroups().map(({ name }) => name)).size).toBe(alertGroups().length);
    for (const { alert, expr, for: span, labels, annotations, ...others } of alerts()) {
      expect([alert, others]).toEqual([alert, {}]);
      expect(alert).toMatch(/^Touchline([A-Z][a-z]+)+$/);
      expect(typeof expr).toBe('string');
      expect(span).toMatch(/^\d+[smh]$/);
      expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning)$/) });
      expect(Object.keys(annotations)).toEqual(['summary', 'runbook_url']);
      expect(annotations['summary']).toMatch(/\.$/);
    }
  });

  it('say in their sentence only labels that their expression keeps', () => {
    for (const { alert, expr, annotations } of alerts()) {
      const said = [...(annotations['summary'] ?? '').matchAll(/\$labels\.(\w+)/g)];
      const selectors = readPromql(expr);
      const isAggregated = /\b(sum|min|max)\b(?!_)/.test(expr);
      for (const [, label = ''] of said)
        if (isAggregated)
          expect([alert, selectors.every(({ kept }) => kept.includes(label))]).toEqual([
            alert,
            true,
          ]);
    }
  });

  it('have an entry each in the runbook, and no other has one', () => {
    const runbook = readFileSync('docs/operations.md', 'utf8');
    const anchors = [...runbook.matchAll(/^### (Touchline\w+)$/gm)].map(([, name = '']) => name);
    expect(anchors.toSorted()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .toSorted(),
    );
    for (const { alert, annotations } of alerts())
      expect(annotations['runbook_url']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });
});

describe('the dashboards', () => {
  it('ask the data source that is provisioned, in panels that do not overlap', () => {
    const { datasources } = readYaml('grafana/provisioning/datasources/prometheus.yml') as {
      datasources: { uid: string; type: string }[];
    };
    const known = datasources.map(({ uid, type }) => ({ uid, type }));
    expect(new Set(dashboards().map(({ uid }) => uid)).size).toBe(dashboards().length);
    for (const { title, panels } of dashboards()) {
      expect(title).toMatch(/^Touchline: /);
      const cells = panels.flatMap(({ gridPos: { x, y, w } }) =>
        Array.from({ length: w }, (_, column) => `${y}/${x + column}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      for (const panel of panels) {
        expect(known).toContainEqual(panel.datasource);
        expect(panel.title.endsWith('?')).toBe(true);
      }
    }
  });
});

describe('prometheus.yml', () => {
  it('scrapes every replica of every service at its port and loads the alerts', () => {
    const { rule_files: rules, scrape_configs: jobs } = readYaml('prometheus.yml') as {
      rule_files: string[];
      scrape_configs: {
        job_name: string;
        dns_sd_configs: { names: string[]; type: string; port: number }[];
        relabel_configs: object[];
      }[];
    };
    expect(rules.every((file) => existsSync(`deploy/observability/${file}`))).toBe(true);
    expect(jobs.map(({ job_name: name }) => name)).toEqual(['touchline']);
    const [touchline] = jobs;
    expect(touchline?.dns_sd_configs).toEqual(
      SERVICES.map((service) =>
        expect.objectContaining({ names: [service], type: 'A', port: SERVICE_PORTS[service] }),
      ),
    );
    expect(touchline?.relabel_configs).toEqual([
      { source_labels: ['__meta_dns_name'], target_label: 'process' },
    ]);
  });
});
