import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TryRules } from '../../application/try-rules.js';
import { comparePeople } from '../../domain/compare-people.js';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import {
  TENANT,
  historyArbitrary,
  nameOf,
  rulesArbitrary,
} from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { activatorsOn } from '../../testing/activators.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { PostgresEvidenceReader } from './evidence.reader.js';

let identity: IdentityOnPostgres;
let tryRules: TryRules;

beforeAll(async () => {
  identity = await identityOnPostgres();
  const { settleRules, book } = activatorsOn(identity);
  const { unitOfWork } = identity.storage;
  tryRules = new TryRules(unitOfWork, settleRules, book, new PostgresEvidenceReader());
}, 60_000);

afterAll(() => identity.close());

const id = (type: string, value: string): string => nameOf({ type, value });

describe('other rules, tried out', () => {
  it('shows who would be split by a lower limit, and changes nothing', async () => {
    await identity.startOver(new CompiledRules(DEFAULT_RULES));
    await identity.sees(['userId:anna', 'email:a1@x.de']);
    await identity.sees(['userId:anna', 'email:a2@x.de']);
    await identity.sees(['userId:ben', 'email:null']);
    const levels = DEFAULT_RULES.levels.map((types) =>
      types.map((rule) => (rule.type === 'email' ? { ...rule, perProfile: 1 } : rule)),
    );
    const before = await identity.people();
    const trial = await tryRules.execute(TENANT, { ...DEFAULT_RULES, levels });
    expect(trial).toMatchObject({
      profilesBefore: 2,
      profilesAfter: 3,
      joined: { count: 0, sample: [] },
      split: {
        count: 1,
        sample: [
          {
            profileId: id('userId', 'anna'),
            others: [id('userId', 'anna'), id('email', 'a2@x.de')].sort(),
          },
        ],
      },
      dropped: 0,
      replay: 0,
      rules: { version: 2 },
    });
    expect(await identity.people()).toEqual(before);
  });

  it('counts what only a replay would bring back, and what would be dropped', async () => {
    const blocked = [...DEFAULT_RULES.blocked.filter((one) => one !== 'null'), 'ben'];
    const trial = await tryRules.execute(TENANT, { ...DEFAULT_RULES, blocked });
    expect(trial).toMatchObject({
      replay: 1,
      dropped: 1,
      needsReplay: [
        { pointer: '/blocked', interactions: 1, detail: expect.stringContaining('blocked') },
        { pointer: '/blocked', interactions: 1, detail: expect.stringContaining('no longer') },
      ],
    });
  });

  it('equals resolving the history from scratch with the new rules', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        rulesArbitrary,
        rulesArbitrary,
        async (history, one, other) => {
          await identity.startOver(one);
          await identity.resolve(history);
          const {
            rules: _rules,
            replay: _replay,
            needsReplay: _needs,
            dryRun: _dry,
            ...difference
          } = await tryRules.execute(TENANT, other.rules);
          const before = resolveFromScratch({ sightings: history, calls: [], rules: one, nameOf });
          const after = resolveFromScratch({ sightings: history, calls: [], rules: other, nameOf });
          const profileOf = before.profiles.flatMap(({ root, members }) =>
            members.map((name) => [name, root] as const),
          );
          expect(difference).toEqual(comparePeople(new Map(profileOf), after));
        },
      ),
      { numRuns: 20 },
    );
  }, 120_000);

  it.each([
    ['/hubLimit', { hubLimit: 0 }],
    ['/levels', { levels: [] }],
    ['/levels/0/0/onConflict', { levels: [[{ type: 'userId', onConflict: 'toss' }]] }],
    ['/levels/1/0/type', { levels: [[{ type: 'userId' }], [{ type: 'userId' }]] }],
    ['/blocked', { blocked: 'null' }],
    ['/conversationSpaces', { conversationSpaces: { desk: 7 } }],
    ['/colour', { colour: 'red' }],
  ])('what is wrong is pointed at: %s', async (pointer, wrong) => {
    await expect(tryRules.execute(TENANT, { ...DEFAULT_RULES, ...wrong })).rejects.toMatchObject({
      code: 'invalid-parameter',
      errors: [expect.objectContaining({ pointer })],
    });
  });
});
