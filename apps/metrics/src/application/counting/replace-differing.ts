import type { Transaction } from '#storage';
import { calendarOf } from '../../domain/bucket.js';
import { changeOf } from '../../domain/bucket-difference.js';
import type { BucketDifference } from '../../domain/bucket-difference.js';
import type { KpiDefinition, Rules } from '../../domain/kpi.js';
import type { RebuildTables } from '../ports.js';

/** Buckets that one statement changes. */
const CHANGED_AT_ONCE = 5_000;

export interface Replacing {
  readonly tenant: string;
  readonly kpis: readonly KpiDefinition[];
  /** Those under which the shadows were counted. */
  readonly rules: Rules;
  readonly ref: string | null;
  readonly nowMs: number;
}

/** Page by page: what shadows that are through have otherwise than the buckets in force. */
export async function* differencesOf(
  tables: RebuildTables,
  transaction: Transaction,
  { tenant, kpi }: { readonly tenant: string; readonly kpi: KpiDefinition },
): AsyncGenerator<readonly BucketDifference[]> {
  for (let fromMs: number | undefined = -Number.MAX_SAFE_INTEGER; fromMs !== undefined;) {
    const page = await tables.differences(transaction, { tenant, kpi, fromMs });
    if (page.differences.length > 0) yield page.differences;
    fromMs = page.nextMs;
  }
}

/** Buckets that differ become what was counted anew: changed, with a reason, and hence published. The others are not touched. */
export async function replaceDiffering(
  tables: RebuildTables,
  transaction: Transaction,
  { tenant, kpis, rules, ref, nowMs }: Replacing,
): Promise<void> {
  const calendar = calendarOf(rules.zone);
  for (const kpi of kpis) {
    for await (const page of differencesOf(tables, transaction, { tenant, kpi })) {
      const place = { tenant, kpi, calendar, ref };
      const changes = page.map((each) => changeOf(each, place));
      const absent = page.filter(({ stands }) => !stands).map((each) => changeOf(each, place));
      if (absent.length > 0) await tables.restorePublished(transaction, absent, nowMs);
      for (let start = 0; start < changes.length; start += CHANGED_AT_ONCE) {
        const some = changes.slice(start, start + CHANGED_AT_ONCE);
        await tables.addToBuckets(transaction, some, nowMs);
      }
    }
  }
}
