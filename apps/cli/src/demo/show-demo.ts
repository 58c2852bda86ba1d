import { count, table, type Terminal } from '../terminal.js';
import type { DemoStack } from './demo-stack.js';
import type { Figure, KpiTableRow } from './kpi-reader.js';
import type { Profile, TimelineItem } from './profile-reader.js';

export function showTable(
  terminal: Terminal,
  windows: readonly string[],
  rows: readonly KpiTableRow[],
): void {
  terminal.line();
  const cells = rows.map((row) => [
    row.currency ? `${row.title} (${row.currency})` : row.title,
    ...windows.map((window) => format(row.unit, row.windows[window])),
  ]);
  for (const line of table([['rolling KPIs', ...windows], ...cells])) terminal.line(line);
}

export function showCustomer(
  terminal: Terminal,
  profile: Profile,
  items: readonly TimelineItem[],
): void {
  const names = profile.identifiers.map(({ type, value, standing }) =>
    standing === 'person' ? `${type}:${value}` : `${type}:${value} (${standing})`,
  );
  terminal.line();
  terminal.line(`One customer, merged from ${names.length} identifiers: ${names.join('  ')}`);
  const rows = items.map(({ occurredAt, channel, type, source, touchpoint }) => [
    occurredAt.slice(0, 16).replace('T', ' '),
    channel,
    type,
    source,
    touchpoint ?? '',
  ]);
  for (const line of table([
    ['occurred (UTC)', 'channel', 'type', 'source', 'touchpoint'],
    ...rows,
  ])) {
    terminal.line(line);
  }
}

export function showAddresses(
  terminal: Terminal,
  { url, keys }: DemoStack,
  profileId?: string,
): void {
  terminal.line();
  terminal.line(`export KEY=${keys.admin}`);
  const paths = [
    '/v1/kpis/table?windows=24h,7d,30d',
    '/v1/kpis/revenue?window=30d&by=channel',
    '/v1/kpis/contacts/facts?window=7d',
    ...(profileId === undefined ? [] : [`/v1/profiles/${profileId}/timeline`]),
  ];
  for (const path of paths)
    terminal.line(`curl -s -H "Authorization: Bearer $KEY" '${url}${path}'`);
  terminal.line(`${url}/docs describes the API.`);
}

function format(unit: string, figure: Figure | undefined): string {
  if (!figure || figure.value === null) return '–';
  const value = Number(figure.value);
  switch (unit) {
    case 'share':
      return `${(value * 100).toFixed(1)} %`;
    case 'ms':
      return `${(value / 1000).toFixed(1)} s`;
    case 'money':
      return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    case 'count':
      return count(value);
    default:
      return value.toFixed(2);
  }
}
