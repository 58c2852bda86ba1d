import { FACT_TOPIC, HEADER, formatInstant, recordKey, type Fact } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash, type Clock } from '#kernel';
import type { Transaction } from '#storage';
import type { DerivedFact } from '../domain/derived-fact.js';
import { profileName } from '../domain/profile.js';
import type { Derivation } from './derive-touched.js';
import type { FactChangeRow, FactStore } from './ports.js';

/** Writes the net differences and makes the records that tell of them: state transfer, a tombstone for what is gone. */
export class PublishFacts {
  constructor(
    private readonly facts: FactStore,
    private readonly clock: Clock,
  ) {}

  async execute(
    transaction: Transaction,
    derivation: Derivation,
    revision: number,
  ): Promise<OutgoingRecord[]> {
    const { changes, owners } = derivation;
    const rows = changes.map((change) => ({
      fact: change.fact,
      isGone: change.kind === 'gone',
      profileId: owners.get(profileName(change.fact))?.profileId ?? '',
      revision,
      cause: change.reason.cause,
    }));
    await this.facts.write(transaction, rows);
    const time = formatInstant(this.clock.now());
    return rows.map((row, index) => factRecord(row, changes[index]?.reason.ref ?? '', time));
  }
}

function factRecord(row: FactChangeRow, ref: string, time: string): OutgoingRecord {
  const { tenant, kind, id } = row.fact;
  const topic = FACT_TOPIC[kind];
  const key = recordKey(tenant, id);
  return {
    topic,
    key,
    headers: {
      [HEADER.id]: stableHash(topic, key, row.revision),
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: 'touchline/journey',
      [HEADER.time]: time,
      [HEADER.tenant]: tenant,
      [HEADER.revision]: String(row.revision),
      [HEADER.cause]: row.cause,
      [HEADER.causeRef]: ref,
    },
    value: row.isGone ? null : Buffer.from(JSON.stringify(publicFact(row.fact, row))),
  };
}

/** The fact as the world sees it: instants as text, the public profile id instead of the key. */
export function publicFact(
  fact: DerivedFact,
  { profileId, revision }: { profileId: string; revision: number },
): Fact {
  const { tenant, kind, id, from, to, at, dims, measures, interactions, status, finalAt } = fact;
  return {
    tenant,
    kind,
    id,
    revision,
    profileId,
    from: formatInstant(from),
    to: formatInstant(to),
    at: formatInstant(at),
    dims,
    measures,
    interactions,
    status,
    ...(finalAt === undefined ? {} : { finalAt: formatInstant(finalAt) }),
  };
}
