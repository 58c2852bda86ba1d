/**
 * The normalised interaction: what ingestion accepts into the log and every service reads (version 1).
 * What a client may post is `interaction-input.ts`; this is the form after normalisation. Instants are RFC 3339 UTC with
 * milliseconds, so text order is time order.
 */
export const CONTRACT_VERSION = 1;

export const CHANNELS = [
  'web',
  'mobile',
  'phone',
  'chat',
  'email',
  'sms',
  'messaging',
  'social',
  'store',
  'self-service',
  'mail',
  'billing',
  'other',
] as const;
export type Channel = (typeof CHANNELS)[number];

export const STAGES = [
  'awareness',
  'discovery',
  'attraction',
  'interaction',
  'purchase',
  'use',
  'cultivation',
  'advocacy',
] as const;
export type Stage = (typeof STAGES)[number];

export const DIRECTIONS = ['inbound', 'outbound', 'internal'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Identifier {
  readonly type: string;
  readonly value: string;
}

/** What ingestion noticed and kept going: shown to the sender as warnings, and on the timeline. */
export type InteractionFlag =
  | 'derived'
  | 'clock-suspect'
  | 'clock-corrected'
  | 'future-clamped'
  | 'unparseable-identifier'
  | 'blocked-conversation';

export interface Interaction {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly channel: Channel;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly sentAt?: string;
  readonly identifiers: readonly Identifier[];
  /** Own conversation id, or `<kind>:<id>` taken from a reference in the data; absent when there is none. */
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
  readonly data: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly withdrawn?: true;
  readonly flags?: readonly InteractionFlag[];
  /** The raw form as a difference: JSON pointer → value as posted, for each member that normalisation changed or dropped. */
  readonly original?: Readonly<Record<string, unknown>>;
}
