import type { Identifier } from '#contracts';
import { ProfileReader } from '../../apps/cli/src/demo/profile-reader.js';
import type { Stack } from './stack.js';

type Row = Record<string, unknown>;

/** Says when and in which step something was written, not what is: never part of the canonical result. */
const NOT_CANONICAL = new Set([
  'revision',
  'receivedAt',
  'asOf',
  'requestedId',
  'profileKey',
  'contentRevision',
  'cause',
  'causeRef',
]);

export interface Asked {
  readonly identifiers: readonly Identifier[];
  readonly kpis: readonly string[];
  /** `YYYY-MM-DD` */
  readonly from: string;
  readonly to: string;
}

/** Profiles, timelines, facts and hourly buckets as the API tells them, in one order, without what depends on arrival. */
export async function canonicalDump(stack: Stack, asked: Asked): Promise<string[]> {
  const lines: string[] = [];
  const profileIds = new Set<string>();
  const reader = new ProfileReader(stack.client);
  for (const identifier of asked.identifiers) {
    const id = (await reader.byIdentifier(identifier))?.profileId;
    if (id !== undefined) profileIds.add(id);
    lines.push(`identifier ${identifier.type}:${identifier.value} ${id}`);
  }
  for (const id of [...profileIds].sort()) {
    lines.push(line('profile', await stack.client.get(`/v1/profiles/${id}`)));
    for (const part of ['timeline', 'facts']) {
      const rows = await pages(stack, `/v1/profiles/${id}/${part}`);
      lines.push(...rows.map((row) => line(`${part} ${id}`, row)).sort());
    }
  }
  for (const kpi of asked.kpis) {
    const path = `/v1/kpis/${kpi}?from=${asked.from}&to=${asked.to}&bucket=hour`;
    const { value, n, numerator, series } = (await stack.client.get(path)) as Row & {
      series: Row[];
    };
    lines.push(line(`kpi ${kpi}`, { value, n, numerator }));
    lines.push(
      ...series.filter((each) => each['n'] !== 0).map((each) => line(`bucket ${kpi}`, each)),
    );
  }
  return lines;
}

async function pages(stack: Stack, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const query: string =
      cursor === null ? 'limit=200' : `limit=200&cursor=${encodeURIComponent(cursor)}`;
    const page = (await stack.client.get(`${path}?${query}`)) as {
      items: Row[];
      next: string | null;
    };
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

function line(title: string, value: unknown): string {
  return `${title} ${JSON.stringify(canonical(value))}`;
}

/** Sorted keys; lists of plain texts (former ids) sorted too: they are sets. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    return items.every((item) => typeof item === 'string') ? items.sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !NOT_CANONICAL.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}
