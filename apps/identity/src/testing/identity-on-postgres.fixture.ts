/** Identity's use cases over a schema of its own on Postgres, without a log behind it. */
import type { ErasureRequested } from '#contracts';
import { openEventLog } from '#event-log';
import type { OutgoingRecord } from '#event-log';
import { openStorage } from '#storage';
import type { Storage, Transaction } from '#storage';
import { freshDatabase } from '#testing';
import { PostgresCallLog } from '../adapters/postgres/call.repository.js';
import { PostgresErasureStore } from '../adapters/postgres/postgres-erasure.store.js';
import { PostgresExpiryStore } from '../adapters/postgres/postgres-expiry.store.js';
import { PostgresIdentityStore } from '../adapters/postgres/postgres-identity.store.js';
import { PostgresProfileReader } from '../adapters/postgres/profile.reader.js';
import {
  callIn,
  decisionIn,
  filingIn,
  identifierIn,
  linksIn,
  profileIn,
} from '../adapters/postgres/rows.js';
import type {
  CallRecord,
  DecisionRecord,
  FilingRecord,
  IdentifierRecord,
  LinkRecord,
  ProfileRecord,
} from '../adapters/postgres/rows.js';
import type { CallLog } from '../application/calling/ports.js';
import type { IdentityStore, StoredCall } from '../application/ports.js';
import { ApplyErasure } from '../application/erasing/apply-erasure.js';
import { ExpireInteractions } from '../application/expire-interactions.js';
import { TakeAway } from '../application/expiring/take-away.js';
import { ResolveBatch } from '../application/resolve-batch.js';
import type { ProfileReader } from '../application/reading-ports.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import type { CompiledRules } from '../domain/rules.js';
import { IDENTITY_SCHEMA } from '../identity.module.js';
import { callersOn } from './callers.fixture.js';
import type { Callers } from './callers.fixture.js';
import type { StoredPeople } from './canonical-people.fixture.js';
import { SECRET, TENANT, recordOf } from './histories.fixture.js';

const TABLES = `retention, expiring, erasure_done, erasure_request, erased_call, erasure_part, haunted_interaction, erased_interaction, erased_identifier, trait, identity_event, decision, profile, call_entry, call, link, identifier, filing_identifier,
  filing, winner, rules_activation, rules`;

export interface IdentityOnPostgres {
  readonly storage: Storage;
  readonly reader: ProfileReader;
  readonly calls: CallLog;
  readonly callers: Callers;
  /** Carries out a part of an erasure. Returns what it published. */
  erase(requested: ErasureRequested): Promise<readonly OutgoingRecord[]>;
  /** Takes away what occurred before, ms, beside whatever else happens. */
  expire(horizon: number): Promise<void>;
  /** One batch. Returns what it published. */
  resolve(sightings: readonly Sighting[], body?: object): Promise<readonly OutgoingRecord[]>;
  /** `sees(['userId:anna'])`: an interaction a second after the one before. */
  sees(identifiers: readonly string[], more?: Partial<Sighting>, body?: object): Promise<void>;
  /** Everything but the rules forgotten. */
  startOver(rules: CompiledRules): Promise<void>;
  people(): Promise<StoredPeople & { readonly calls: readonly StoredCall[] }>;
  close(): Promise<void>;
}

export async function identityOnPostgres(
  store: IdentityStore = new PostgresIdentityStore(),
): Promise<IdentityOnPostgres> {
  const database = await freshDatabase();
  const log = await openEventLog({ kind: 'postgres', databaseUrl: database.url });
  const storage = await openStorage({ ...IDENTITY_SCHEMA, databaseUrl: database.url, log });
  await storage.migrate();
  const { unitOfWork } = storage;
  const reader = new PostgresProfileReader();
  const calls = new PostgresCallLog();
  const resolveBatch = new ResolveBatch(
    unitOfWork,
    store,
    { value: SECRET },
    new PostgresErasureStore(),
  );
  const resolve: IdentityOnPostgres['resolve'] = (sightings, body) =>
    unitOfWork.publish(async (transaction) => {
      const records = sightings.map((sighting, index) => recordOf(sighting, index, body));
      const outgoing = await resolveBatch.resolve(transaction, records);
      return { result: outgoing, outgoing };
    });
  const applyErasure = new ApplyErasure(unitOfWork, store, new PostgresErasureStore(), {
    value: SECRET,
  });
  const expireInteractions = new ExpireInteractions(
    unitOfWork,
    store,
    new PostgresExpiryStore(),
    new TakeAway(unitOfWork, store, new PostgresErasureStore(), { value: SECRET }),
  );
  let sequence = 0;
  return {
    expire: async (horizon) => {
      while ((await expireInteractions.execute({ tenant: TENANT, horizon })).state !== 'through');
    },
    erase: (requested) =>
      unitOfWork.publish(async (transaction) => {
        const applied = await applyErasure.execute(transaction, requested);
        const outgoing = applied?.outgoing ?? [];
        return { result: outgoing, outgoing };
      }),
    storage,
    reader,
    calls,
    resolve,
    callers: callersOn({ unitOfWork, store, calls, reader }),
    sees: async (identifiers, more, body) => {
      sequence += 1;
      await resolve([{ ...sightingOf(identifiers, sequence), ...more }], body);
    },
    startOver: (rules) =>
      unitOfWork.run(async (transaction) => {
        await transaction.query(`TRUNCATE ${TABLES}`);
        const body = JSON.stringify(rules.rules);
        await transaction.query('INSERT INTO rules VALUES ($1, 1, $2)', [TENANT, body]);
      }),
    people: () => unitOfWork.run(storedPeople),
    close: async () => {
      await storage.close();
      await log.close();
      await database.close();
    },
  };
}

async function storedPeople(
  transaction: Transaction,
): Promise<StoredPeople & { readonly calls: readonly StoredCall[] }> {
  const rows = <Row extends object>(table: string): Promise<Row[]> =>
    transaction.query<Row>(`SELECT * FROM ${table}`);
  return {
    filings: (await rows<FilingRecord>('filing')).map(filingIn),
    identifiers: (await rows<IdentifierRecord>('identifier')).map(identifierIn),
    links: linksIn(await rows<LinkRecord>('link')),
    profiles: (await rows<ProfileRecord>('profile')).map(profileIn),
    decisions: (await rows<DecisionRecord>('decision')).map(decisionIn),
    calls: (await rows<CallRecord>('call')).map(callIn),
  };
}

function sightingOf(identifiers: readonly string[], sequence: number): Sighting {
  return {
    tenant: TENANT,
    source: 'web',
    id: `i${sequence}`,
    type: 'page.viewed',
    version: 0,
    at: sequence * 1_000,
    contentHash: `h${sequence}`,
    conversation: undefined,
    isWithdrawn: false,
    receivedAt: 0,
    identifiers: identifiers.map((text) => {
      const [, type = '', value = ''] = /^(social:[^:]+|[^:]+):(.+)$/u.exec(text) ?? [];
      return { type, value };
    }),
  };
}
