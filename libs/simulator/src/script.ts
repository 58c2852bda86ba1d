import type { Identifier } from '#contracts';
import type { Person } from './population.js';
import { Random } from './random.js';
import type {
  PostedInteraction,
  SimulatedInteraction,
  TrueContact,
  TrueOrder,
  TrueSession,
  TrueSurvey,
} from './simulation.js';

/** An interaction as a story tells it: the script adds id, instants and the device's clock. */
export type Line = Omit<PostedInteraction, 'id' | 'occurredAt' | 'sentAt'> & {
  readonly id?: string;
  /** True instant, ms. */
  readonly at: number;
  /** Given where a device with a clock of its own sends. */
  readonly skewMs?: number;
};

/**
 * What happens to one person, written down line by line with the truth about it. Ids are counted per person, so one
 * person's story does not rename another's.
 */
export class Script {
  readonly interactions: SimulatedInteraction[] = [];
  readonly contacts: TrueContact[] = [];
  readonly surveys: TrueSurvey[] = [];
  readonly orders: TrueOrder[] = [];
  readonly sessions: TrueSession[] = [];
  private numbers = new Map<string, number>();

  constructor(
    readonly person: Person,
    readonly random: Random,
    /** Nothing is told that happens at or after this instant, ms. */
    readonly endAt: number,
    /** Draws of what follows a story: whatever is added here leaves the stories as they were. */
    readonly after: Random,
  ) {}

  /** `call-17-0`, `call-17-1`, …: unique over all people. */
  number(kind: string): string {
    const next = this.numbers.get(kind) ?? 0;
    this.numbers.set(kind, next + 1);
    return `${kind}-${this.person.index}-${next}`;
  }

  /** Writes a line and says whether it lies inside the simulated time. */
  tell({ at, skewMs, id, ...rest }: Line): boolean {
    if (at >= this.endAt) return false;
    const happenedAt = Math.round(at);
    const occurredAt = instant(happenedAt + (skewMs ?? 0));
    const post: PostedInteraction = {
      id: id ?? this.number(rest.type.replace('.', '-')),
      occurredAt,
      ...(skewMs === undefined ? {} : { sentAt: occurredAt }),
      ...rest,
    };
    this.interactions.push({ post, person: this.person.name, happenedAt, arrivesAt: happenedAt });
    return true;
  }
}

export function instant(at: number): string {
  return new Date(at).toISOString();
}

/** Identifiers without the absent ones. */
export function identify(
  ...named: readonly (readonly [string, string | undefined])[]
): Identifier[] {
  return named.flatMap(([type, value]) => (value === undefined ? [] : [{ type, value }]));
}

export function money(cents: number): string {
  return (cents / 100).toFixed(2);
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
