/**
 * Record headers: CloudEvents 1.0 binary mode (`ce_*`) and what services need without parsing the body (`tl_*`).
 * Header values are UTF-8 text. Identity and metrics read headers only; the body's bytes pass through to the archive.
 */
export const HEADER = {
  id: 'ce_id',
  specVersion: 'ce_specversion',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  tenant: 'ce_tenant',
  /** Decimal integer; grows per entity (epoch × 2^40 + counter). On tombstones too. */
  revision: 'ce_revision',
  cause: 'ce_cause',
  causeRef: 'ce_causeref',
  /** W3C trace context of the step before; on what is traced only. */
  traceParent: 'traceparent',

  // of an interaction, set by ingestion
  interactionSource: 'tl_source',
  interactionId: 'tl_id',
  version: 'tl_version',
  /** '1' when this version is withdrawn, else absent. */
  withdrawn: 'tl_withdrawn',
  /** RFC 3339 UTC, ms. */
  occurredAt: 'tl_occurred_at',
  receivedAt: 'tl_received_at',
  /** JSON `[[type, value], …]`, normalised, in the order given. */
  identifiers: 'tl_identifiers',
  /** Conversation id; absent when none. */
  conversation: 'tl_conversation',
  /** JSON object of {@link InteractionDims}. */
  dims: 'tl_dims',
  /** Hash of the content (without receivedAt): equal hash = exact repeat. */
  contentHash: 'tl_content_hash',

  // added by identity
  filing: 'tl_filing',
  anchor: 'tl_anchor',
  profileKey: 'tl_profile_key',
  profileId: 'tl_profile_id',
  /** Revision of filing → profile. */
  filingRevision: 'tl_filing_revision',
  contentRevision: 'tl_content_revision',
  /** `occurredAt` of the version that this one replaces; absent on a first version. */
  previousOccurredAt: 'tl_previous_occurred_at',
  /**
   * The value is no interaction but {@link RefiledBody}: identifiers in the body of this `contentRevision` were erased, and it is filed
   * elsewhere now. Absent on all others.
   */
  refiled: 'ce_refiled',
} as const;

/** Dimensions of an interaction; absent members are absent. */
export interface InteractionDims {
  readonly channel: string;
  readonly type: string;
  readonly direction?: string;
  readonly topic?: string;
  readonly touchpoint?: string;
  readonly stage?: string;
  readonly agent?: string;
  readonly queue?: string;
  readonly product?: string;
  readonly campaign?: string;
  readonly store?: string;
}
