/** Random histories that provoke: few values, many conflicts, conversations, versions, withdrawals, calls, hubs. */
import fc from 'fast-check';
import { HEADER, nameIdentifier } from '#contracts';
import type { Identifier } from '#contracts';
import type { LogRecord } from '#event-log';
import { CompiledRules, DEFAULT_RULES } from '../domain/rules.js';
import type { ConflictPolicy, IdentityRules } from '../domain/rules.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';

export const SECRET = 'a secret for tests';
export const TENANT = 'default';

const names = new Map<string, string>();

export function nameOf(identifier: Identifier): string {
  const key = `${identifier.type}:${identifier.value}`;
  const known = names.get(key) ?? nameIdentifier(SECRET, TENANT, identifier);
  names.set(key, known);
  return known;
}

/** Small limits, so that small histories reach them. */
export function tightRules(onConflict: ConflictPolicy = 'split', hubLimit = 4): IdentityRules {
  const levels = DEFAULT_RULES.levels.map((types) =>
    types.map((rule) => ({
      ...rule,
      onConflict,
      perProfile: rule.perProfile === 5 ? 2 : rule.perProfile,
    })),
  );
  return { ...DEFAULT_RULES, levels, hubLimit, conversationLimit: 4 };
}

export const identifierArbitrary: fc.Arbitrary<Identifier> = fc.oneof(
  value('userId', 3),
  value('customerId', 2),
  value('email', 4),
  value('phone', 3),
  value('social:x', 2),
  value('social:y', 2),
  value('anonymousId', 4),
  value('deviceId', 2),
  fc.constantFrom({ type: 'email', value: 'null' }, { type: 'unheard-of', value: '1' }),
);

function value(type: string, count: number): fc.Arbitrary<Identifier> {
  return fc.integer({ min: 1, max: count }).map((n) => ({ type, value: `${type[0]}${n}` }));
}

export const sightingArbitrary: fc.Arbitrary<Sighting> = fc
  .record({
    id: fc.integer({ min: 1, max: 25 }),
    source: fc.constantFrom('web', 'desk'),
    at: fc.integer({ min: 1, max: 40 }),
    version: fc.constantFrom(0, 0, 0, 0, 0, 1, 2),
    isWithdrawn: fc.constantFrom(false, false, false, false, false, false, false, true),
    conversation: fc.constantFrom(undefined, undefined, undefined, 'c1', 'c2', 'c3', '000'),
    isAlias: fc.constantFrom(false, false, false, false, false, false, false, false, true),
    identifiers: fc.array(identifierArbitrary, { maxLength: 3 }),
  })
  .map(({ id, at, isAlias, ...rest }) => ({
    ...rest,
    tenant: TENANT,
    id: String(id),
    at: at * 1000,
    receivedAt: at * 1000,
    type: isAlias ? 'profile.aliased' : 'page.viewed',
    contentHash: JSON.stringify([rest, isAlias]),
  }));

export const historyArbitrary = fc.array(sightingArbitrary, {
  minLength: 1,
  maxLength: 30,
  // Otherwise fast-check stops at about a dozen.
  size: 'max',
});

/**
 * Three people with many cookies each, seldom on each other's devices: most changes need no solve, and now and then one does.
 * A device or an address that is no longer only one's own shows beside it whether the rest was kept right.
 */
export const crowdArbitrary: fc.Arbitrary<Sighting[]> = fc.array(
  fc
    .record({
      base: sightingArbitrary,
      person: fc.integer({ min: 1, max: 3 }),
      cookie: fc.integer({ min: 1, max: 60 }),
      carried: fc.constantFrom('login', 'login', 'cookie', 'address', 'device', 'stranger', 'base'),
      isLate: fc.constantFrom(false, false, false, true),
    })
    .map(({ base, person, cookie, carried, isLate }): Sighting => {
      const own = { type: 'anonymousId', value: `c${person} ${cookie}` };
      const login = { type: 'userId', value: `u${person}` };
      const carriers: Record<string, Identifier[]> = {
        login: [login, own],
        cookie: [own],
        address: [{ type: 'email', value: `e${person} ${cookie % 3}` }, own],
        device: [own, { type: 'deviceId', value: `d${cookie % 4}` }],
        stranger: [login, { type: 'anonymousId', value: `c${(person % 3) + 1} ${cookie}` }],
        base: [...base.identifiers],
      };
      const id = carried === 'base' ? base.id : `${person} ${cookie} ${carried}`;
      const at = isLate ? 500 : base.at;
      return { ...base, id, at, identifiers: carriers[carried] ?? [] };
    }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

export const rulesArbitrary: fc.Arbitrary<CompiledRules> = fc
  .record({
    policy: fc.constantFrom<ConflictPolicy>('split', 'split', 'first', 'last'),
    hubLimit: fc.constantFrom(2, 4, 50),
  })
  .map(({ policy, hubLimit }) => new CompiledRules(tightRules(policy, hubLimit)));

function dataOf({ type }: Sighting): object {
  return type === 'consent.changed' ? { purpose: 'news', granted: false } : {};
}

/** The accepted record of a sighting. */
export function recordOf(sighting: Sighting, offset: number, body: object = {}): LogRecord {
  const occurredAt = new Date(sighting.at).toISOString();
  const headers: Record<string, string> = {
    [HEADER.tenant]: sighting.tenant,
    [HEADER.interactionSource]: sighting.source,
    [HEADER.interactionId]: sighting.id,
    [HEADER.version]: String(sighting.version),
    [HEADER.occurredAt]: occurredAt,
    [HEADER.receivedAt]: new Date(sighting.receivedAt).toISOString(),
    [HEADER.contentHash]: sighting.contentHash,
    [HEADER.identifiers]: JSON.stringify(sighting.identifiers.map((i) => [i.type, i.value])),
    [HEADER.dims]: JSON.stringify({ channel: 'web', type: sighting.type }),
  };
  if (sighting.conversation !== undefined) headers[HEADER.conversation] = sighting.conversation;
  if (sighting.isWithdrawn) headers[HEADER.withdrawn] = '1';
  return {
    topic: 'touchline.interaction.accepted.v1',
    key: `${sighting.tenant}\u001f${sighting.id}`,
    partition: 0,
    offset,
    appendedAt: 0,
    headers,
    value: Buffer.from(
      JSON.stringify({ identifiers: sighting.identifiers, data: dataOf(sighting), ...body }),
    ),
  };
}
