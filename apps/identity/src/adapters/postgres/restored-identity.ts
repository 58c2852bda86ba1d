import { counterOf, HEADER, recordKey, revisionOf, splitRecordKey, TOPIC } from '#contracts';
import type { FilingMoved } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { isLost, lostReasons, ONLY_NAMED, toldOf } from '#restore';
import type { Desk, LostCall, RestoredService, TakenBack, Told } from '#restore';
import { portray, sit } from '../../application/portray.js';
import { filingRecord, profileRecord } from '../../application/resolving/people-records.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import type { ProfileRow } from '../../domain/state.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';

const PROFILES = TOPIC.profileChanged.name;
const FILINGS = TOPIC.filingMoved.name;
const IDENTIFIED = TOPIC.interactionIdentified.name;

/**
 * People as the backup has them. What is identified again comes by itself under higher revisions; filings and profiles that the
 * lost life spoke of may never be spoken of again. Numbers that it gave to profiles are given to no other.
 */
export class RestoredIdentity implements RestoredService {
  readonly schema = 'identity';
  readonly outputs = [
    { topic: IDENTIFIED, readBy: ['journey', 'metrics'] },
    { topic: FILINGS, readBy: ['journey'] },
    { topic: PROFILES, readBy: ['journey'] },
  ] as const;
  private readonly store = new PostgresIdentityStore();

  tell(record: LogRecord): readonly Told[] {
    const [tenant = ''] = splitRecordKey(record.key);
    if (record.topic === PROFILES) return [toldOf(record)];
    if (record.topic === FILINGS) return [toldOf(record), ...named(tenant, keyInMove(record))];
    return named(tenant, record.headers[HEADER.profileKey]);
  }

  async takeBack(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    const profiles = await this.profilesAgain(
      desk,
      told.filter(({ topic }) => topic === PROFILES),
    );
    const filings = await this.filingsAgain(
      desk,
      told.filter(({ topic }) => topic === FILINGS),
    );
    const calls = [...(profiles.calls ?? []), ...(filings.calls ?? [])];
    return { outgoing: [...profiles.outgoing, ...filings.outgoing], calls };
  }

  /** By winners: each names the newest content that was given out of an interaction. */
  async countUnknown(
    { transaction, epochBefore }: Desk,
    records: readonly LogRecord[],
  ): Promise<number> {
    const given = records.flatMap(({ topic, value, headers }) => {
      if (topic !== IDENTIFIED) return [];
      const revision = Number(headers[HEADER.contentRevision]);
      // Of an epoch before, it may be of a life that an earlier restore took back.
      if (value === null || revision < revisionOf(epochBefore, 0)) return [];
      return [{ headers, revision }];
    });
    if (given.length === 0) return 0;
    const [row] = await transaction.query<{ unknown: number }>(
      `SELECT count(*)::int AS unknown
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[]) AS g (tenant, source, id, counter, is_later)
         LEFT JOIN winner w USING (tenant, source, id)
        WHERE g.is_later OR w.counter < g.counter
           OR w.tenant IS NULL AND NOT EXISTS (SELECT FROM erasure_part e WHERE e.tenant = g.tenant)`,
      [
        given.map(({ headers }) => headers[HEADER.tenant]),
        given.map(({ headers }) => headers[HEADER.interactionSource]),
        given.map(({ headers }) => headers[HEADER.interactionId]),
        given.map(({ revision }) => counterOf(revision)),
        given.map(({ revision }) => revision >= revisionOf(epochBefore + 1, 0)),
      ],
    );
    return row?.unknown ?? 0;
  }

  private async profilesAgain(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    if (told.length === 0) return { outgoing: [] };
    const { transaction, epoch, epochBefore } = desk;
    const keys = told.map(({ key }) => Number(splitRecordKey(key)[1]));
    await keepKeysFrom(desk, keys);
    const rows = new Map(
      (await this.store.profiles(transaction, keys)).map((row) => [row.profileKey, row]),
    );
    const givenOf = (key: number | undefined) => {
      const row = rows.get(key ?? 0);
      return row && { epoch: epochBefore, counter: row.counter };
    };
    const lost = told.flatMap((one, index) => {
      const profileKey = keys[index] ?? 0;
      return isLost(one, givenOf(profileKey)) ? [{ one, profileKey }] : [];
    });
    const alive = lost.flatMap(({ profileKey }) => rows.get(profileKey) ?? []);
    const bodies = await this.bodiesOf(desk, alive);
    const outgoing = lost.map(({ one, profileKey }): OutgoingRecord => {
      const row = rows.get(profileKey);
      const [tenant = ''] = splitRecordKey(one.key);
      const revision = revisionOf(epoch, row?.counter ?? 0);
      const revised = { tenant, revision, reason: reasonOf(desk) };
      return profileRecord(profileKey, bodies.get(profileKey) ?? null, revised);
    });
    const calls = lostCalls(
      lost.map(({ one, profileKey }) => ({ told: one, given: givenOf(profileKey) })),
    );
    return { outgoing, calls };
  }

  private async bodiesOf({ transaction, epoch }: Desk, rows: readonly ProfileRow[]) {
    const alive = rows.filter(({ isGone }) => !isGone);
    const tenants = [...new Set(alive.map(({ tenant }) => tenant))];
    const stored = await this.store.rules(transaction, tenants);
    const rulesOf = new Map(
      tenants.map((tenant) => [tenant, new CompiledRules(stored.get(tenant) ?? DEFAULT_RULES)]),
    );
    const bodies = new Map<number, ReturnType<typeof portray>>();
    const sittings = alive.flatMap((profile) => {
      const rules = rulesOf.get(profile.tenant);
      return rules ? [sit(profile, rules)] : [];
    });
    for (const portrait of await this.store.portraits(transaction, sittings)) {
      const { tenant, profileKey, counter } = portrait.profile;
      const rules = rulesOf.get(tenant);
      if (rules)
        bodies.set(profileKey, portray(portrait, { rules, revision: revisionOf(epoch, counter) }));
    }
    return bodies;
  }

  private async filingsAgain(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    if (told.length === 0) return { outgoing: [] };
    const { transaction, epoch, epochBefore } = desk;
    const names = told.map(({ key }) => splitRecordKey(key)[1] ?? '');
    const { filings, profiles } = await this.store.filings(transaction, names);
    const rows = new Map(filings.map((row) => [row.filing, row]));
    const ids = new Map(profiles.map(({ profileKey, profileId }) => [profileKey, profileId]));
    const lost = told.flatMap((one, index) => {
      const filing = names[index] ?? '';
      const row = rows.get(filing);
      const given = row && { epoch: epochBefore, counter: row.counter };
      return isLost(one, given) ? [{ told: one, filing, row, given }] : [];
    });
    const outgoing = lost.map(({ told: { key }, filing, row }) => {
      const [tenant = ''] = splitRecordKey(key);
      const revision = revisionOf(epoch, row?.counter ?? 0);
      const move =
        row === undefined || row.total === 0 || row.profileKey === 0
          ? null
          : {
              anchor: row.anchor,
              profileKey: String(row.profileKey),
              profileId: ids.get(row.profileKey) ?? '',
            };
      return filingRecord(filing, move, { tenant, revision, reason: reasonOf(desk) });
    });
    return { outgoing, calls: lostCalls(lost) };
  }
}

const reasonOf = ({ epoch }: Desk) => ({ cause: 'restore', ref: String(epoch) }) as const;

/** A profile that a record only names; 0: none. */
function named(tenant: string, profileKey: string | undefined): Told[] {
  if (profileKey === undefined || !/^[1-9]\d{0,15}$/.test(profileKey)) return [];
  const key = recordKey(tenant, profileKey);
  return [
    { topic: PROFILES, key, revision: ONLY_NAMED, isBuried: false, value: null, reasons: [] },
  ];
}

function keyInMove({ value }: LogRecord): string | undefined {
  if (value === null) return undefined;
  return (JSON.parse(value.toString('utf8')) as Partial<FilingMoved>).profileKey;
}

async function keepKeysFrom({ transaction }: Desk, keys: readonly number[]): Promise<void> {
  await transaction.query(
    `SELECT setval('profile_key', $1::bigint) FROM profile_key WHERE last_value < $1::bigint`,
    [keys.reduce((highest, key) => Math.max(highest, key), 0)],
  );
}

function lostCalls(
  lost: readonly { readonly told: Told; readonly given: Parameters<typeof lostReasons>[1] }[],
): LostCall[] {
  const calls = new Map<string, LostCall>();
  for (const { told, given } of lost) {
    const [tenant = ''] = splitRecordKey(told.key);
    for (const { cause, ref } of lostReasons(told, given))
      calls.set(`${tenant} ${cause} ${ref}`, { tenant, cause, ref });
  }
  return [...calls.values()];
}
