/** People who make calls in tests: through the use cases, at instants that the test names. */
import fc from 'fast-check';
import { FixedClock } from '#kernel';
import { TenantDirectory } from '#runtime';
import type { UnitOfWork } from '#storage';
import type { CallLog } from '../application/calling/ports.js';
import { ReadEnds } from '../application/calling/read-ends.js';
import { SettleCall } from '../application/calling/settle-call.js';
import { DeclareCall } from '../application/declare-call.js';
import type { CallRequest } from '../application/declare-call.js';
import type { IdentityStore } from '../application/ports.js';
import type { ProfileReader } from '../application/reading-ports.js';
import { WithdrawCall } from '../application/withdraw-call.js';
import type { Call } from '../domain/call.js';
import { showIdentifier } from '../domain/end.js';
import { pairKey, splitPair } from '../domain/links.js';
import { SECRET, TENANT, identifierArbitrary, nameOf } from './histories.fixture.js';

/** The identifiers of the histories are short: numbers that nobody would dial stand as they are. */
export interface Said {
  readonly kind: 'merge' | 'unmerge' | 'withdraw';
  readonly a: string;
  readonly b: string;
  readonly at: number;
}

const usable = identifierArbitrary.filter(
  ({ type, value }) =>
    type !== 'unheard-of' && value !== 'null' && !['email', 'phone'].includes(type),
);

const pairArbitrary = fc
  .record({ a: usable, b: usable })
  .map(({ a, b }) => ({ a: showIdentifier(a), b: showIdentifier(b) }))
  .filter(({ a, b }) => a !== b);

/** About one to three pairs, so that calls meet earlier ones about the same. */
export const saidArbitrary: fc.Arbitrary<readonly Said[]> = fc
  .array(pairArbitrary, { minLength: 1, maxLength: 3 })
  .chain((pairs) =>
    fc.array(
      fc
        .record({
          kind: fc.constantFrom<Said['kind']>('merge', 'merge', 'unmerge', 'withdraw'),
          pair: fc.constantFrom(...pairs),
          at: fc.integer({ min: 1, max: 9 }),
        })
        .map(({ kind, pair, at }) => ({ kind, at, ...pair })),
      { maxLength: 8 },
    ),
  );

export interface Callers {
  readonly declare: DeclareCall;
  readonly withdraw: WithdrawCall;
  readonly clock: FixedClock;
}

export function callersOn(parts: {
  readonly unitOfWork: UnitOfWork;
  readonly store: IdentityStore;
  readonly calls: CallLog;
  readonly reader: ProfileReader;
}): Callers {
  const secret = { value: SECRET };
  const clock = new FixedClock(1_000_000);
  const settle = new SettleCall(parts.unitOfWork, parts.store, secret);
  const ends = new ReadEnds(parts.reader, secret, new TenantDirectory());
  return {
    clock,
    declare: new DeclareCall(settle, parts.calls, ends, clock),
    withdraw: new WithdrawCall(settle, parts.calls, ends, clock),
  };
}

export function request(
  said: Pick<CallRequest, 'a' | 'b'>,
  more: Partial<CallRequest> = {},
): CallRequest {
  const by = { reason: 'they told me', actor: 'agent 7', keyId: 'key' };
  return { tenant: TENANT, ...by, at: undefined, isDryRun: false, ...said, ...more };
}

/** A withdrawal of nothing is an answer too. */
export async function say(callers: Callers, { kind, a, b, at }: Said): Promise<void> {
  const asked = request({ a, b }, { at });
  if (kind !== 'withdraw') {
    await callers.declare.execute(kind, asked);
    return;
  }
  await callers.withdraw.execute(asked).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'no-such-call')) throw error;
  });
}

/** Naive: the calls that stand after all this was said, one after the other. */
export function callsAfter(said: readonly Said[]): Call[] {
  const made = new Map<string, { readonly call: Call; withdrawnAt?: number }>();
  for (const { kind, a, b, at } of said) {
    const [nameA, nameB] = splitPair(pairKey(nameOfText(a), nameOfText(b)));
    if (kind !== 'withdraw') {
      const callId = JSON.stringify([kind, nameA, nameB, at]);
      made.set(callId, { call: { callId, kind, a: nameA, b: nameB, at } });
      continue;
    }
    const ofPair = [...made.values()].filter(({ call }) => call.a === nameA && call.b === nameB);
    if (ofPair.some(({ withdrawnAt }) => withdrawnAt === at)) continue;
    const [newest] = ofPair
      .filter(({ call, withdrawnAt }) => withdrawnAt === undefined && call.at <= at)
      .sort((x, y) => y.call.at - x.call.at || (x.call.kind === 'unmerge' ? -1 : 1));
    if (newest) newest.withdrawnAt = at;
  }
  return [...made.values()].flatMap(({ call, withdrawnAt }) =>
    withdrawnAt === undefined ? [call] : [],
  );
}

function nameOfText(text: string): string {
  const [, type = '', value = ''] = /^(social:[^:]+|[^:]+):(.+)$/u.exec(text) ?? [];
  return nameOf({ type, value });
}
