import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { KpiReadings, KpiView, TenantRules } from '../../../application/ports.js';
import type {
  BehindQuery,
  MeasuredPart,
  MeasureQuery,
  RulesInForce,
} from '../../../application/ports.js';
import { addToBins, mergeBins } from '../../../domain/histogram.js';
import { standingOnly } from '../../../domain/definitions.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { Observation } from '../../../domain/observation.js';
import { EMPTY_TALLY } from '../../../domain/tally.js';
import { tallyOf } from '../bucket.columns.js';
import type { TallyRow } from '../bucket.columns.js';
import { wholeFact } from '../counting/observed-fact.rows.js';
import type { WholeFactRow } from '../counting/observed-fact.rows.js';
import { wholeInteraction } from '../counting/observed-interaction.rows.js';
import type { InteractionRow } from '../counting/observed-interaction.rows.js';
import { bucketSumsSql } from './from-buckets.sql.js';
import { behindSql, factSumsSql, kindsOf } from './from-facts.sql.js';
import type { Statement } from './sql-parameters.js';
import { readRules } from '../counting/rules-in-force.rows.js';

interface PartRow {
  readonly period: number;
  readonly [by: `by${number}`]: string;
}

type TallyPartRow = PartRow & TallyRow;
type BinPartRow = PartRow & {
  readonly bin?: number;
  readonly sample?: number;
  readonly count: string;
};

@Injectable()
export class PostgresKpiReadings extends KpiReadings {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenants: TenantRules,
  ) {
    super();
  }

  async snapshot<Result>(work: (view: KpiView) => Promise<Result>): Promise<Result> {
    return this.unitOfWork.run(async (transaction) => {
      // Counters and edges come from different statements: both must see the same commits.
      await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return work(new PostgresKpiView(transaction, this.tenants));
    });
  }
}

class PostgresKpiView extends KpiView {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenants: TenantRules,
  ) {
    super();
  }

  async rules(tenant: string): Promise<RulesInForce> {
    const inForce = await readRules(this.transaction, { tenants: [tenant] });
    const definitions = standingOnly(this.tenants.catalogue());
    return inForce.get(tenant) ?? { ...this.tenants.wanted(tenant), definitions };
  }

  async definitionAt(
    tenant: string,
    kpi: string,
    atMs: number,
  ): Promise<KpiDefinition | undefined> {
    const rows = await this.transaction.query<{ body: KpiDefinition }>(
      `SELECT body FROM definition WHERE tenant = $1 AND kpi = $2 AND since_ms <= $3::bigint
         AND (until_ms IS NULL OR until_ms > $3::bigint) ORDER BY version DESC LIMIT 1`,
      [tenant, kpi, atMs],
    );
    return rows[0]?.body;
  }

  async measure(query: MeasureQuery): Promise<readonly MeasuredPart[]> {
    const parts: MeasuredPart[] = [];
    if (query.whole.length > 0) {
      parts.push(...(await this.tallies(query, bucketSumsSql(query, 'tallies'))));
      if (query.kpi.hasHistogram === true) {
        parts.push(...(await this.bins(query, bucketSumsSql(query, 'bins'))));
      }
    }
    if (query.edges.length === 0) return parts;
    for (const kind of kindsOf(query.kpi)) {
      parts.push(...(await this.tallies(query, factSumsSql(query, kind, 'tallies'))));
      if (query.kpi.hasHistogram === true && kind === query.kpi.numerator.kind) {
        parts.push(...(await this.bins(query, factSumsSql(query, kind, 'samples'))));
      }
    }
    return parts;
  }

  async dayTokens(
    tenant: string,
    first: number,
    last: number,
  ): Promise<ReadonlyMap<number, string>> {
    const rows = await this.transaction.query<{ day: number; token: string }>(
      'SELECT day, token FROM bucket_day WHERE tenant = $1 AND day BETWEEN $2::int AND $3::int',
      [tenant, first, last],
    );
    return new Map(rows.map(({ day, token }) => [day, token]));
  }

  async behind(query: BehindQuery): Promise<readonly Observation[]> {
    const found: Observation[] = [];
    for (const kind of kindsOf(query.kpi)) {
      const { sql, parameters } = behindSql(query, kind);
      const rows = await this.transaction.query(sql, parameters);
      found.push(
        ...rows.map((row) =>
          kind === 'interaction'
            ? wholeInteraction(row as unknown as InteractionRow)
            : wholeFact(row as unknown as WholeFactRow),
        ),
      );
    }
    // Two kinds at most, each in order already; a stable sort merges them by (at, kind).
    found.sort((a, b) => a.atMs - b.atMs || (a.kind < b.kind ? -1 : Number(a.kind > b.kind)));
    return found.slice(0, query.limit);
  }

  private async tallies(
    query: MeasureQuery,
    { sql, parameters }: Statement,
  ): Promise<MeasuredPart[]> {
    const rows = await this.transaction.query<TallyPartRow>(sql, parameters);
    return rows.map((row) => ({ ...keyOf(query, row), tally: tallyOf(row), bins: new Map() }));
  }

  private async bins(query: MeasureQuery, { sql, parameters }: Statement): Promise<MeasuredPart[]> {
    const rows = await this.transaction.query<BinPartRow>(sql, parameters);
    return rows.map((row) => {
      const bins = new Map<number, number>();
      if (row.bin !== undefined) mergeBins(bins, new Map([[row.bin, Number(row.count)]]));
      else addToBins(bins, row.sample ?? 0, Number(row.count));
      return { ...keyOf(query, row), tally: EMPTY_TALLY, bins };
    });
  }
}

function keyOf(query: MeasureQuery, row: PartRow): Pick<MeasuredPart, 'period' | 'by'> {
  return { period: row.period, by: query.by.map((_, index) => row[`by${index}`] ?? '') };
}
