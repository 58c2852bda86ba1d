import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join('deploy', 'observability');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly title: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

export function readYaml(file: string): unknown {
  return parse(readFileSync(join(FOLDER, file), 'utf8'), { strict: true, uniqueKeys: true });
}

export function alertGroups(): readonly {
  readonly name: string;
  readonly rules: readonly Alert[];
}[] {
  return (readYaml('alerts.yml') as { groups: { name: string; rules: Alert[] }[] }).groups;
}

export function alerts(): readonly Alert[] {
  return alertGroups().flatMap(({ rules }) => rules);
}

export function dashboards(): readonly Dashboard[] {
  const folder = join(FOLDER, 'grafana', 'dashboards');
  return readdirSync(folder).map((file) => ({
    ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Dashboard, 'file'>),
    file,
  }));
}

/** Everything that is asked of Prometheus, with where. */
export function expressions(): readonly (readonly [where: string, expression: string])[] {
  const ofAlerts = alerts().map(({ alert, expr }) => [alert, expr] as const);
  const ofPanels = dashboards().flatMap(({ file, panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.map(({ refId, expr }) => [`${file}: ${title} ${refId}`, expr] as const),
    ),
  );
  return [...ofAlerts, ...ofPanels];
}
