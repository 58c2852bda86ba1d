import type { Channel, Direction, Identifier, Stage } from '#contracts';

/** What a client posts to `/v1/interactions`: the contract's fields before normalisation. */
export interface PostedInteraction {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly channel: Channel;
  /** RFC 3339 UTC, ms: as the clock of the sending device has it. */
  readonly occurredAt: string;
  /** Present where a device with a clock of its own sends (web, mobile). */
  readonly sentAt?: string;
  readonly identifiers?: readonly Identifier[];
  readonly conversation?: string;
  readonly direction?: Direction;
  readonly topic?: string;
  readonly touchpoint?: string;
  readonly stage?: Stage;
  readonly agent?: string;
  readonly queue?: string;
  readonly product?: string;
  readonly campaign?: string;
  readonly store?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly version?: number;
  readonly withdrawn?: true;
}

/** One delivery of an interaction. Duplicates and newer versions are deliveries of their own. */
export interface SimulatedInteraction {
  readonly post: PostedInteraction;
  /** Who really did it, e.g. `person-17`. */
  readonly person: string;
  /** When it really happened, ms. Differs from `post.occurredAt` when the device's clock was wrong. */
  readonly happenedAt: number;
  /** When it reaches ingestion, ms: the list is in this order. */
  readonly arrivesAt: number;
}

export interface TrueContact {
  readonly source: string;
  readonly conversation: string;
  readonly person: string;
  readonly channel: Channel;
  readonly topic: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly answered: boolean;
  /** Integers, ms; present on the phone. */
  readonly waitMs?: number;
  readonly talkMs?: number;
  readonly holdMs?: number;
  readonly wrapUpMs?: number;
}

export interface TrueSurvey {
  readonly source: string;
  readonly id: string;
  readonly person: string;
  readonly instrument: 'nps' | 'csat' | 'ces';
  /** The score of the newest version. */
  readonly score: number;
  readonly about: string;
}

/** A purchase: in the shop under its orderId, at the till under its receiptId. */
export interface TrueOrder {
  readonly orderId: string;
  readonly person: string;
  readonly placedAt: number;
  readonly valueCents: number;
  readonly currency: string;
  readonly cancelled: boolean;
  readonly refundedCents: number;
}

/** A visit as it was made. Journey joins visits of one profile that are less than 30 min apart. */
export interface TrueSession {
  readonly person: string;
  readonly channel: Channel;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly interactions: number;
}

export interface Truth {
  /** Every identifier value a person really uses, as `type:value`; shared ones stand at several people. */
  readonly people: ReadonlyMap<string, readonly string[]>;
  readonly contacts: readonly TrueContact[];
  readonly surveys: readonly TrueSurvey[];
  readonly orders: readonly TrueOrder[];
  readonly sessions: readonly TrueSession[];
}

export interface SimulateOptions {
  readonly seed: string | number;
  /** Number of people. */
  readonly customers: number;
  readonly days: number;
  /** Midnight or any instant at which the simulated time starts, ms. */
  readonly startAt: number;
  /** Mean interactions a person a day (default 1). */
  readonly rate?: number;
  /** customerIds of the first people (an imported customer base); the others get ids of their own. */
  readonly customerIds?: readonly string[];
}

export interface Simulation {
  /** In order of arrival. */
  readonly interactions: readonly SimulatedInteraction[];
  readonly truth: Truth;
}
