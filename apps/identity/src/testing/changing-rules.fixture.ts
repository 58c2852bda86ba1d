/** Rules that differ in everything that may change without a replay: order of types, limits, policies. */
import fc from 'fast-check';
import { CompiledRules, DEFAULT_RULES } from '../domain/rules.js';
import type { ConflictPolicy, TypeRule } from '../domain/rules.js';

const TYPES = DEFAULT_RULES.levels.flat().map(({ type }) => type);

const typeRuleArbitrary = (type: string): fc.Arbitrary<TypeRule> =>
  fc.record({
    type: fc.constant(type),
    perProfile: fc.constantFrom(1, 1, 2, 5, null),
    onConflict: fc.constantFrom<ConflictPolicy>('split', 'split', 'first', 'last'),
  });

const levelsArbitrary = fc
  .oneof(
    fc.constant(TYPES),
    fc.shuffledSubarray(TYPES, { minLength: TYPES.length, maxLength: TYPES.length }),
  )
  .chain((types) => fc.tuple(...types.map(typeRuleArbitrary)))
  .chain((rules) =>
    // Some stand on one level.
    fc.array(fc.boolean(), { minLength: rules.length, maxLength: rules.length }).map((joins) =>
      rules.reduce<TypeRule[][]>((levels, rule, index) => {
        const last = levels.at(-1);
        if (last && joins[index] && index % 4 === 3) last.push(rule);
        else levels.push([rule]);
        return levels;
      }, []),
    ),
  );

/** Of a version that is given later. */
export const otherRulesArbitrary: fc.Arbitrary<CompiledRules> = fc
  .record({
    levels: levelsArbitrary,
    hubLimit: fc.constantFrom(1, 2, 4, 50),
    conversationLimit: fc.constantFrom(2, 4, 20),
  })
  .map((limits) => new CompiledRules({ ...DEFAULT_RULES, ...limits }));

/** What comes when: batches as they are cut, and between them rules. */
export const changesArbitrary = fc.array(fc.record({ rules: otherRulesArbitrary, at: fc.nat(8) }), {
  minLength: 1,
  maxLength: 3,
});
