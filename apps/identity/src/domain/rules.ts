/**
 * The rules of identity, per tenant, versioned, plain data: which identifier types there are from strongest to weakest,
 * how many of each a profile may hold, what happens on conflict, and which values are placeholders.
 * Invariant: the people found are a function of evidence and rules alone; rules hold no time and no counters.
 */
import { PLACEHOLDERS, isPlaceholder } from '#contracts';
import { invariant } from '#kernel';

export type ConflictPolicy = 'split' | 'first' | 'last';

export interface TypeRule {
  /** A type, or `prefix:*` for a family whose members are equally strong with limits apart. */
  readonly type: string;
  /** `null` = any number. */
  readonly perProfile: number | null;
  readonly onConflict: ConflictPolicy;
}

export interface IdentityRules {
  readonly version: number;
  /** From strongest to weakest; types inside one level are equally strong. */
  readonly levels: readonly (readonly TypeRule[])[];
  readonly hubLimit: number;
  readonly conversationLimit: number;
  /** Literals, compared without case, quotes and white space around. */
  readonly blocked: readonly string[];
  /** source → name space of its conversation ids; a source that is not named has its own. */
  readonly conversationSpaces: Readonly<Record<string, string>>;
}

const rule = (type: string, perProfile: number | null): TypeRule => ({
  type,
  perProfile,
  onConflict: 'split',
});

export const DEFAULT_RULES: IdentityRules = {
  version: 1,
  levels: [
    [rule('userId', 1)],
    [rule('customerId', 1)],
    [rule('loyaltyId', 1)],
    [rule('email', 5)],
    [rule('phone', 5)],
    [rule('whatsapp', 5)],
    [rule('social:*', 5)],
    [rule('anonymousId', null)],
    [rule('deviceId', null)],
  ],
  hubLimit: 50,
  conversationLimit: 20,
  blocked: PLACEHOLDERS,
  conversationSpaces: {},
};

/** Types come from the outside: the memory of their look-ups stays small. */
const REMEMBERED_TYPES_MAX = 1_000;

export interface TypeStrength {
  /** 0 = strongest. */
  readonly level: number;
  readonly perProfile: number;
  readonly onConflict: ConflictPolicy;
}

export class CompiledRules {
  readonly hasLast: boolean;
  private readonly strengths = new Map<string, TypeStrength | undefined>();
  private readonly blocked: ReadonlySet<string>;

  constructor(readonly rules: IdentityRules) {
    this.blocked = new Set(rules.blocked.map((value) => value.toLowerCase()));
    this.hasLast = rules.levels.flat().some((type) => type.onConflict === 'last');
  }

  /** `undefined`: a type without a rule is no identifier. */
  strengthOf(type: string): TypeStrength | undefined {
    if (this.strengths.has(type)) return this.strengths.get(type);
    const found = this.find(type);
    if (this.strengths.size < REMEMBERED_TYPES_MAX) this.strengths.set(type, found);
    return found;
  }

  /** The strength of a type that is known to have a rule: identifiers in use all have one. */
  strength(type: string): TypeStrength {
    const found = this.strengthOf(type);
    invariant(found, `identifier type ${type} has a rule`);
    return found;
  }

  isBlocked(value: string): boolean {
    return isPlaceholder(value, this.blocked);
  }

  nameSpaceOf(source: string): string {
    const space = this.rules.conversationSpaces[source];
    return space === undefined ? `source:${source}` : `space:${space}`;
  }

  private find(type: string): TypeStrength | undefined {
    for (const [level, types] of this.rules.levels.entries()) {
      const match = types.find((candidate) => matches(candidate.type, type));
      if (match) {
        return { level, perProfile: match.perProfile ?? Infinity, onConflict: match.onConflict };
      }
    }
    return undefined;
  }
}

function matches(pattern: string, type: string): boolean {
  if (!pattern.endsWith(':*')) return pattern === type;
  const prefix = pattern.slice(0, -1);
  return type.startsWith(prefix) && type.length > prefix.length;
}
