import type { Fact, Interaction } from '#contracts';

/**
 * What a history comes to, in a form in which two runs can be compared: public ids resolved, without revisions, causes, write
 * and receive times, and internal keys. Everything in the one order.
 */
export interface CanonicalDump {
  /** By public profile id; empty timelines are left out. */
  readonly timelines: Readonly<Record<string, readonly DumpedInteraction[]>>;
  readonly facts: readonly DumpedFact[];
}

export type DumpedInteraction = Omit<Interaction, 'receivedAt' | 'sentAt' | 'original' | 'tenant'>;
export type DumpedFact = Omit<Fact, 'revision' | 'tenant'>;

/** Reads everything of a tenant at once: for tests and verification, not for serving. */
export abstract class DumpReader {
  abstract canonicalDump(tenant: string): Promise<CanonicalDump>;
}
