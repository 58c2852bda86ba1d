import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#storage';
import { CorrectionLedger } from '../../../application/publication-ports.js';
import type {
  Correction,
  CorrectionPosition,
  CorrectionQuery,
} from '../../../application/publication-ports.js';
import type { CountedCause } from '../../../domain/cause.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import { dimensionColumn } from '../answering/from-buckets.sql.js';
import { SqlParameters } from '../answering/sql-parameters.js';
import type { Statement } from '../answering/sql-parameters.js';
import { bucketKeyOf, COUNTER_COLUMNS, sameBucket, tallyOf } from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

type Pairs = readonly (readonly [number, number])[];

interface CorrectionRow extends BucketRow, TallyRow {
  readonly sequence: number;
  readonly published_at_ms: number;
  readonly bins: Pairs;
  readonly causes: readonly CountedCause[];
  readonly definition: KpiDefinition;
  readonly old: Record<keyof TallyRow, string> & { readonly bins: Pairs };
}

@Injectable()
export class PostgresCorrectionLedger extends CorrectionLedger {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async corrections(query: CorrectionQuery): Promise<readonly Correction[]> {
    const { sql, parameters } = correctionsSql(query);
    const rows = await this.unitOfWork.read<CorrectionRow>(sql, parameters);
    return rows.map((row) => ({
      ...bucketKeyOf(row),
      sequence: row.sequence,
      atMs: row.published_at_ms,
      old: { tally: tallyOf(row.old), bins: new Map(row.old.bins) },
      new: { tally: tallyOf(row), bins: new Map(row.bins) },
      causes: row.causes,
      definition: row.definition,
    }));
  }
}

/** Counters as text: JSON would round them. */
const OLD = `json_build_object(${COUNTER_COLUMNS.split(', ')
  .map((column) => `'${column}', o.${column}::text`)
  .join(', ')}, 'bins', o.bins)`;

function correctionsSql(query: CorrectionQuery): Statement {
  const { tenant, kpi, span, filters, after, limit } = query;
  const p = new SqlParameters();
  const where = [
    'p.sequence > 1',
    `p.tenant = ${p.add(tenant, 'text')}`,
    `p.kpi = ${p.add(kpi.name, 'text')}`,
    `p.start_ms >= ${p.add(span.fromMs, 'bigint')}`,
    `p.start_ms < ${p.add(span.toMs, 'bigint')}`,
    ...filters.map(
      ({ dimension, values }) =>
        `p.${dimensionColumn(kpi, dimension)} = ANY (${p.add(values, 'text[]')})`,
    ),
    // Which column holds a dimension is known of this version only.
    ...(filters.length === 0 ? [] : [`p.version = ${p.add(kpi.version, 'int')}`]),
    ...(after === undefined ? [] : [afterSql(after, p)]),
  ].join(' AND ');
  return {
    sql: `SELECT p.*, ${OLD} AS old, d.body AS definition FROM publication p
      JOIN definition d ON d.tenant = p.tenant AND d.kpi = p.kpi AND d.version = p.version
      JOIN publication o ON ${sameBucket('o', 'p')} AND o.sequence = p.sequence - 1
      WHERE ${where}
      ORDER BY p.published_at_ms DESC, p.version DESC, p.start_ms DESC, p.dim1 DESC, p.dim2 DESC, p.dim3 DESC, p.dim4 DESC
      LIMIT ${p.add(limit, 'bigint')}`,
    parameters: p.values,
  };
}

/** Publications of one bucket never share an instant: the position needs no sequence. */
function afterSql({ atMs, version, startMs, dims }: CorrectionPosition, p: SqlParameters): string {
  const values = [
    p.add(atMs, 'bigint'),
    p.add(version, 'int'),
    p.add(startMs, 'bigint'),
    ...dims.map((value) => p.add(value, 'text')),
  ];
  return `(p.published_at_ms, p.version, p.start_ms, p.dim1, p.dim2, p.dim3, p.dim4) < (${values.join(', ')})`;
}
