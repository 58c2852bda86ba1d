import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from '#kernel';
import type { Transaction } from '#storage';
import type { StructureChanges } from '../../application/ports.js';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import type { IdentityRules } from '../../domain/rules.js';
import { activatorsOn } from '../../testing/activators.fixture.js';
import type { Activators } from '../../testing/activators.fixture.js';
import { callsAfter, say, saidArbitrary } from '../../testing/callers.fixture.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import { otherRulesArbitrary } from '../../testing/changing-rules.fixture.js';
import {
  crowdArbitrary,
  historyArbitrary,
  nameOf,
  rulesArbitrary,
} from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';

let identity: IdentityOnPostgres;
let activators: Activators;

beforeAll(async () => {
  identity = await identityOnPostgres();
  activators = activatorsOn(identity);
}, 60_000);

afterAll(() => identity.close());

const withEmails = (perProfile: number, more: Partial<IdentityRules> = {}): IdentityRules => ({
  ...DEFAULT_RULES,
  levels: DEFAULT_RULES.levels.map((types) =>
    types.map((rule) => (rule.type === 'email' ? { ...rule, perProfile } : rule)),
  ),
  ...more,
});

const id = (type: string, value: string): string => nameOf({ type, value });

async function profilesNow(): Promise<(string | undefined)[][]> {
  const { identifiers, profiles } = await identity.people();
  const ids = new Map([...profiles].map((row) => [row.profileKey, row.profileId]));
  return [...identifiers]
    .map((row) => [`${row.type}:${row.value}`, row.standing ?? '', ids.get(row.profileKey ?? 0)])
    .sort();
}

describe('rules brought into force', () => {
  beforeEach(async () => {
    await identity.startOver(new CompiledRules(DEFAULT_RULES));
    await identity.sees(['userId:anna', 'email:a1@x.de']);
    await identity.sees(['userId:anna', 'email:a2@x.de']);
  });

  it('split whom they split: asked for, done in the background, told with cause and version', async () => {
    const asked = await activators.ask(withEmails(1));
    expect(asked).toMatchObject({ version: 2, state: 'pending', startedAt: null });
    expect((await activators.inForce()).version).toBe(1);
    expect((await identity.people()).profiles).toHaveLength(1);
    activators.clock.advance(60_000);
    await activators.activate.execute();
    expect(await activators.known(2)).toMatchObject({
      state: 'done',
      actor: 'steward 3',
      reason: 'two households',
      keyId: 'key',
      requestedAt: 1_000_000,
      startedAt: 1_060_000,
      finishedAt: 1_060_000,
      size: { filings: 2, identifiers: 3, links: 2 },
      consequence: {
        identifiers: 1,
        interactions: 0,
        moves: [{ kind: 'split', from: id('userId', 'anna'), to: id('email', 'a2@x.de') }],
      },
    });
    expect(await activators.inForce()).toEqual({ ...withEmails(1), version: 2 });
    expect(await profilesNow()).toEqual([
      ['email:a1@x.de', 'person', id('userId', 'anna')],
      ['email:a2@x.de', 'overflow', id('email', 'a2@x.de')],
      ['userId:anna', 'person', id('userId', 'anna')],
    ]);
    const events = await identity.storage.unitOfWork.read(
      'SELECT kind, code, cause, ref FROM identity_event ORDER BY sequence',
    );
    expect(events).toContainEqual({ kind: 'split', code: null, cause: 'rules', ref: '2' });
    expect(events).toContainEqual({
      kind: 'refused',
      code: 'limit-reached',
      cause: 'rules',
      ref: '2',
    });
  });

  it('is one activation at a time: the same again is that one, another has to wait', async () => {
    const asked = await activators.ask(withEmails(1));
    expect(await activators.ask(withEmails(1))).toEqual(asked);
    await expect(activators.ask(withEmails(2))).rejects.toMatchObject({
      code: 'activation-under-way',
    });
    await expect(activators.ask(DEFAULT_RULES)).rejects.toMatchObject({ code: 'conflict' });
    await activators.activate.execute();
    expect(await activators.ask(withEmails(2))).toMatchObject({ version: 3, state: 'pending' });
  });

  it('is taken up again by somebody else when who began it stopped, and done once', async () => {
    class Breaking extends PostgresIdentityStore {
      override async writeStructure(
        transaction: Transaction,
        changes: StructureChanges,
      ): Promise<void> {
        await super.writeStructure(transaction, changes);
        throw new Fault('unavailable', 'the connection went away', { retriable: true });
      }
    }
    await activators.ask(withEmails(1));
    const before = await profilesNow();
    const broken = activatorsOn(identity, new Breaking());
    await expect(broken.activate.execute()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await activators.known(2)).toMatchObject({ state: 'running', attempts: 1 });
    expect(await profilesNow()).toEqual(before);
    const workers = [activatorsOn(identity), activatorsOn(identity)];
    await Promise.all(workers.map(({ activate }) => activate.execute()));
    await activators.activate.execute();
    expect(await activators.known(2)).toMatchObject({ state: 'done', attempts: 2 });
    const versions = await identity.storage.unitOfWork.read('SELECT version FROM rules');
    expect(versions).toEqual([{ version: 1 }, { version: 2 }]);
  });

  it('fails and changes nothing when what came meanwhile would be read otherwise', async () => {
    await activators.ask(withEmails(1, { blocked: [...DEFAULT_RULES.blocked, 'noreply@x.de'] }));
    await identity.sees(['userId:ben', 'email:noreply@x.de']);
    const before = await profilesNow();
    await activators.activate.execute();
    expect(await activators.known(2)).toMatchObject({
      state: 'failed',
      failure: { code: 'rules-need-replay', errors: [{ pointer: '/blocked' }] },
    });
    expect((await activators.inForce()).version).toBe(1);
    expect(await profilesNow()).toEqual(before);
    expect(await activators.ask(withEmails(1))).toMatchObject({ version: 3 });
  });

  it('is given up after ten attempts', async () => {
    await activators.ask(withEmails(1));
    await identity.storage.unitOfWork.read('UPDATE rules_activation SET attempts = 10');
    await activators.activate.execute();
    expect(await activators.known(2)).toMatchObject({ state: 'failed' });
  });

  it.each([
    ['/blocked', { blocked: [...DEFAULT_RULES.blocked, 'a1@x.de'] }],
    ['/blocked', { blocked: DEFAULT_RULES.blocked.filter((value) => value !== 'none') }],
    ['/levels', { levels: DEFAULT_RULES.levels.slice(0, 3) }],
    ['/levels', { levels: [...DEFAULT_RULES.levels, [{ type: 'shoeSize' }]] }],
    ['/conversationSpaces/desk', { conversationSpaces: { desk: 'tickets' } }],
  ])('refuses at once what needs a replay: %s', async (pointer, change) => {
    await identity.sees(['userId:ben', 'email:none', 'shoeSize:44'], {
      source: 'desk',
      conversation: 'c1',
    });
    await expect(activators.ask({ ...DEFAULT_RULES, ...change })).rejects.toMatchObject({
      code: 'rules-need-replay',
      errors: [expect.objectContaining({ pointer })],
    });
  });

  it('takes what nothing stored is read by: types, values and spaces of later interactions', async () => {
    const levels = DEFAULT_RULES.levels.filter(([rule]) => rule?.type !== 'phone');
    await activators.ask({
      ...DEFAULT_RULES,
      levels: [...levels, [{ type: 'shoeSize', perProfile: 2, onConflict: 'split' }]],
      blocked: [...DEFAULT_RULES.blocked, 'noreply@x.de'],
      conversationSpaces: { desk: 'tickets' },
    });
    await activators.activate.execute();
    expect(await activators.known(2)).toMatchObject({ state: 'done', consequence: { moves: [] } });
    await identity.sees(['userId:ben', 'email:noreply@x.de', 'shoeSize:44', 'phone:+491701']);
    expect((await profilesNow()).slice(-2)).toEqual([
      ['userId:anna', 'person', id('userId', 'anna')],
      ['userId:ben', 'person', id('userId', 'ben')],
    ]);
    expect(await profilesNow()).toContainEqual(['shoeSize:44', 'person', id('userId', 'ben')]);
  });
});

/** Every worker has its own part of the history and goes through it in batches of three. */
async function work(history: readonly Sighting[]): Promise<void> {
  for (let from = 0; from < history.length; from += 3) {
    await identity.resolve(history.slice(from, from + 3));
  }
}

/** One after the other; two workers go for each. */
async function change(wanted: readonly CompiledRules[]): Promise<void> {
  for (const { rules } of wanted) {
    await activators.ask(rules).catch((error: unknown) => {
      if (!(error instanceof Fault && error.code === 'conflict')) throw error;
    });
    const workers = [activators, activatorsOn(identity)];
    await Promise.all(workers.map(({ activate }) => activate.execute()));
  }
}

describe('rules that change beside batches and calls, on Postgres', () => {
  it.each([
    ['conflicts', historyArbitrary],
    ['many cookies', crowdArbitrary],
  ])(
    'end where resolving from scratch under the last ones ends: %s',
    async (_, arbitrary) => {
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          saidArbitrary,
          rulesArbitrary,
          fc.array(otherRulesArbitrary, { minLength: 1, maxLength: 3 }),
          async (history, said, first, wanted) => {
            await identity.startOver(first);
            const parts = [0, 1, 2].map((part) => history.filter((_, index) => index % 3 === part));
            const calls = async (): Promise<void> => {
              for (const one of said) await say(identity.callers, one);
            };
            await Promise.all([...parts.map(work), calls(), change(wanted)]);
            const rules = new CompiledRules(await activators.inForce());
            expect(rules.rules.levels).toEqual(wanted.at(-1)?.rules.levels);
            const people = resolveFromScratch({
              sightings: history,
              calls: callsAfter(said),
              rules,
              nameOf,
            });
            const kept = await identity.people();
            expect(canonicalStore(kept)).toEqual(canonicalPeople(people));
            expect(misfiled(kept)).toEqual([]);
            expect(misdated(kept)).toEqual([]);
            expect(misdescribed(kept, kept.calls)).toEqual([]);
          },
        ),
        { numRuns: Number(process.env['IDENTITY_PG_RUNS'] ?? 30) },
      );
    },
    180_000,
  );
});
