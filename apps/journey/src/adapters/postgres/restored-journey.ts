import {
  counterOf,
  epochOf,
  FACT_KINDS,
  FACT_TOPIC,
  formatInstant,
  HEADER,
  revisionOf,
  splitRecordKey,
  type FactKind,
} from '#contracts';
import type { LogRecord } from '#event-log';
import { isBeyond, isLost, toldOf } from '#restore';
import type { Desk, RestoredService, TakenBack, Told } from '#restore';
import type { Transaction } from '#storage';
import { factRecord, goneFactRecord } from '../../application/publish-facts.js';
import { FACT, factOf, PostgresFacts, type FactRow } from './fact.repository.js';
import { columns, hexOf } from './rows.js';

const KIND_OF = new Map<string, FactKind>(FACT_KINDS.map((kind) => [FACT_TOPIC[kind], kind]));

type StoredFact = FactRow & {
  readonly revision: number;
  readonly is_gone: boolean;
  readonly profile_id: string;
};

/** Facts as the backup has them. Those that follow from what is read again are derived again, after this. */
export class RestoredJourney implements RestoredService {
  readonly schema = 'journey';
  readonly outputs = Object.values(FACT_TOPIC).map((topic) => ({
    topic,
    readBy: ['metrics'] as const,
  }));

  tell(record: LogRecord): readonly Told[] {
    return [toldOf(record)];
  }

  async takeBack(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    const { transaction, epoch } = desk;
    const stored = await readFacts(transaction, told);
    const lost = told.filter((one) => isLost(one, givenOf(stored.get(one.key))));
    if (lost.length === 0) return { outgoing: [] };
    const { counter } = await new PostgresFacts().tick(transaction, []);
    const revision = revisionOf(epoch, counter);
    const rows = lost.flatMap(({ key }) => stored.get(key) ?? []);
    await transaction.query(
      `UPDATE fact f SET revision = $3 FROM unnest($1::text[], $2::uuid[]) AS l (tenant, fact_id)
        WHERE f.tenant = l.tenant AND f.fact_id = l.fact_id`,
      [
        ...columns(
          rows,
          (row) => row.tenant,
          (row) => row.fact_id,
        ),
        revision,
      ],
    );
    const said = {
      revision,
      reason: { cause: 'restore', ref: String(epoch) } as const,
      time: formatInstant(desk.now),
    };
    const outgoing = lost.map(({ topic, key }) => {
      const row = stored.get(key);
      return row === undefined || row.is_gone
        ? goneFactRecord(topic, key, said)
        : factRecord(factOf(row), row.profile_id, said);
    });
    return { outgoing };
  }

  async countUnknown(
    { transaction, epochBefore }: Desk,
    records: readonly LogRecord[],
  ): Promise<number> {
    const told = records
      .filter(
        ({ value, headers }) =>
          value !== null && Number(headers[HEADER.revision]) >= revisionOf(epochBefore, 0),
      )
      .map((record) => toldOf(record));
    const stored = await readFacts(transaction, told);
    return told.filter(({ key, revision }) => isBeyond(revision, givenOf(stored.get(key)))).length;
  }
}

function givenOf(row: StoredFact | undefined) {
  return row && { epoch: epochOf(row.revision), counter: counterOf(row.revision) };
}

/** By record key. Gone ones too. */
async function readFacts(
  transaction: Transaction,
  told: readonly Told[],
): Promise<ReadonlyMap<string, StoredFact>> {
  const known = told.filter(({ topic }) => KIND_OF.has(topic));
  if (known.length === 0) return new Map();
  const names = known.map(({ key }) => splitRecordKey(key));
  const rows = await transaction.query<StoredFact>(
    `SELECT ${FACT}, f.revision, f.is_gone, f.profile_id FROM fact f
      WHERE (f.tenant, f.fact_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))`,
    columns(
      names,
      ([tenant]) => tenant,
      ([, id]) => id,
    ),
  );
  const byName = new Map(rows.map((row) => [`${row.tenant} ${hexOf(row.fact_id)}`, row]));
  return new Map(
    known.flatMap(({ key }, index) => {
      const row = byName.get((names[index] ?? []).join(' '));
      return row === undefined ? [] : [[key, row] as const];
    }),
  );
}
