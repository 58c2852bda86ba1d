import { count, table, type Terminal } from '../terminal.js';
import type { Correction } from './correction-story.js';
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
    minute(occurredAt),
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

export function showCorrection(terminal: Terminal, correction: Correction): void {
  const { bucketStart, kpis, ledger, facts, explanation } = correction;
  terminal.line();
  terminal.line(
    `A correction: a login of ${minute(bucketStart)} arrives a day late; it names two customers, who were one.`,
  );
  const figures = kpis.map(({ kpi, before, after, asOf }) => [
    kpi,
    ...[before, after, asOf].map(({ value }) => String(value ?? '–')),
  ]);
  const header = ['KPI of that hour', 'before', 'after', 'asOf before'];
  for (const line of table([header, ...figures])) terminal.line(`  ${line}`);
  terminal.line('The ledger:');
  for (const item of ledger) {
    const causes = item.causes.map(({ cause, ref }) => (ref === null ? cause : `${cause} ${ref}`));
    terminal.line(
      `  ${item.kpi} ${minute(item.bucketStart)}: ${item.old.value} (n ${item.old.n}) → ${item.new.value} (n ${item.new.n}), because of ${causes.join(', ')}`,
    );
  }
  terminal.line('The fact behind it:');
  for (const { profileId, from, to, interactions } of facts)
    terminal.line(
      `  session ${minute(from)} to ${to.slice(11, 16)}, ${interactions.count} interactions, profile ${profileId}`,
    );
  terminal.line(`Why: ${explanation}`);
}

export function showAddresses(
  terminal: Terminal,
  { url, keys }: DemoStack,
  more: readonly string[],
): void {
  terminal.line();
  terminal.line(`export KEY=${keys.admin}`);
  const paths = [
    '/v1/kpis/table?windows=24h,7d,30d',
    '/v1/kpis/revenue?window=30d&by=channel',
    '/v1/kpis/contacts/facts?window=7d',
    ...more,
  ];
  for (const path of paths)
    terminal.line(`curl -gs -H "Authorization: Bearer $KEY" '${url}${path}'`);
  terminal.line(`${url}/docs describes the API.`);
}

const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

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
