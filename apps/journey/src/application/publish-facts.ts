import {
  FACT_TOPIC,
  HEADER,
  formatInstant,
  recordKey,
  splitRecordKey,
  type Fact,
} from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash, type Clock } from '#kernel';
import type { Transaction } from '#storage';
import type { DerivedFact } from '../domain/derived-fact.js';
import type { Reason } from '../domain/fact-difference.js';
import { profileName } from '../domain/profile.js';
import type { Derivation } from './derive-touched.js';
import type { FactStore } from './ports.js';

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
    return rows.map(({ fact, isGone, profileId }, index) => {
      const reason = changes[index]?.reason ?? { cause: 'new', ref: '' };
      const said = { revision, reason, time };
      if (!isGone) return factRecord(fact, profileId, said);
      return goneFactRecord(FACT_TOPIC[fact.kind], recordKey(fact.tenant, fact.id), said);
    });
  }
}

/** Of one telling of a fact. */
export interface Said {
  readonly revision: number;
  readonly reason: Reason;
  readonly time: string;
}

export function factRecord(fact: DerivedFact, profileId: string, said: Said): OutgoingRecord {
  const record = goneFactRecord(FACT_TOPIC[fact.kind], recordKey(fact.tenant, fact.id), said);
  const { revision } = said;
  return {
    ...record,
    value: Buffer.from(JSON.stringify(publicFact(fact, { profileId, revision }))),
  };
}

export function goneFactRecord(
  topic: string,
  key: string,
  { revision, reason, time }: Said,
): OutgoingRecord {
  const [tenant = ''] = splitRecordKey(key);
  return {
    topic,
    key,
    headers: {
      [HEADER.id]: stableHash(topic, key, revision),
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: 'touchline/journey',
      [HEADER.time]: time,
      [HEADER.tenant]: tenant,
      [HEADER.revision]: String(revision),
      [HEADER.cause]: reason.cause,
      [HEADER.causeRef]: reason.ref,
    },
    value: null,
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
