/** Bodies of the records that services exchange, beside the interaction itself (whose bytes pass through) and facts. */
import type { Identifier } from './interaction.js';

export type Standing = 'person' | 'overflow' | 'shared' | 'hub';

/** `touchline.filing.moved.v1`, key `tenant␟filing`: the newest revision is the whole truth. A tombstone: an erasure left nothing there. */
export interface FilingMoved {
  readonly tenant: string;
  readonly filing: string;
  readonly anchor: string;
  /** Decimal text of the stable internal key. */
  readonly profileKey: string;
  readonly profileId: string;
  readonly revision: number;
}

export interface ProfileIdentifier extends Identifier {
  readonly standing: Standing;
  readonly firstSeen: string;
}

/** `touchline.profile.changed.v1`, key `tenant␟profileKey`: state transfer. A tombstone says: this profile is no more (joined another). */
export interface ProfileChanged {
  readonly tenant: string;
  readonly profileKey: string;
  readonly profileId: string;
  readonly revision: number;
  /** Other ids that resolve to this profile now: the ids of its other identifiers, at most 1,000. */
  readonly formerIds: readonly string[];
  /** At most 1,000, in the one order; `identifierCount` is the total. */
  readonly identifiers: readonly ProfileIdentifier[];
  readonly identifierCount: number;
  readonly traits: Readonly<
    Record<
      string,
      { readonly value: unknown; readonly at: string; readonly source: string; readonly id: string }
    >
  >;
  readonly consents: Readonly<Record<string, { readonly granted: boolean; readonly at: string }>>;
  /** Newest `segment` traits with their instants, oldest first, at most 100: facts take the one in force at their `at`. */
  readonly segments: readonly { readonly value: string; readonly at: string }[];
}

/** A number with what it is made of. Money is a decimal string. */
export interface KpiFigure {
  /** Null when n = 0. */
  readonly value: number | string | null;
  readonly n: number;
  readonly numerator: number | string | null;
  readonly provisional: boolean;
}

/** One bucket (local hour) of one version of a KPI, for one value of each dimension. */
export interface KpiBucket {
  readonly tenant: string;
  readonly kpi: string;
  readonly version: number;
  readonly unit: string;
  readonly bucketStart: string;
  readonly dims: Readonly<Record<string, string>>;
}

/** `touchline.kpi.updated.v1`, compacted: the last publication of a bucket; a tombstone when nothing counts in it any more. */
export interface KpiUpdated extends KpiBucket, KpiFigure {
  readonly bucketEnd: string;
  /** 95 %, of proportions and means. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly publishedAt: string;
}

/** `touchline.kpi.corrected.v1`: two successive publications of a bucket, with all causes between. */
export interface KpiCorrected extends KpiBucket {
  readonly old: KpiFigure;
  readonly new: KpiFigure;
  readonly at: string;
  /** Bounded; what is not named is counted under `others`. */
  readonly causes: readonly {
    readonly cause: string;
    readonly ref: string | null;
    readonly count: number;
  }[];
}

export type KeyScope = 'write' | 'read' | 'admin';

/** Units a second, and at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Absent: whoever is asked next says (key, tenant, installation); `null`: no limit. */
export interface RateLimits {
  readonly requests?: Rate | null;
  /** Posted, however many a request. */
  readonly interactions?: Rate | null;
}

export interface ApiKeyEntry {
  readonly keyId: string;
  readonly name: string;
  /** HMAC-SHA256 with the installation's pepper, hex. */
  readonly hash: string;
  readonly scopes: readonly KeyScope[];
  /** Sources a `write` key may write to; empty = all. */
  readonly sources: readonly string[];
  readonly createdAt: string;
  readonly limits?: RateLimits;
}

/** `touchline.tenant.changed.v1`, key = tenant. Settings and keys of a tenant; every service holds a copy in memory. */
export interface TenantChanged {
  readonly tenant: string;
  readonly revision: number;
  readonly settings: TenantSettings;
  readonly keys: readonly ApiKeyEntry[];
}

export interface TenantSettings {
  /** IANA zone in which buckets start. */
  readonly zone: string;
  /** Default region of phone numbers, ISO 3166 alpha-2. */
  readonly region: string;
  readonly serviceLevelMs: number;
  readonly shortAbandonMs: number;
  /** Of each key that has none of its own. */
  readonly limits?: RateLimits;
  /** A contact on the topic of an issue belongs to it up to so many days after its last word. */
  readonly issueWindowDays: number;
  /** A session is over when nothing has happened for so long. */
  readonly sessionInactivityMs: number;
  /** Whole days, 1…36,500: what occurred longer before its receipt is refused as `too-old`. Absent = off. */
  readonly retentionDays?: number;
  /** Instant from which on what stands and is older goes too; said by Touchline with `retentionDays`, which can be taken back until then. */
  readonly retentionStartsAt?: string;
}

export const DEFAULT_SETTINGS: TenantSettings = {
  zone: 'UTC',
  region: 'US',
  serviceLevelMs: 20_000,
  shortAbandonMs: 5_000,
  issueWindowDays: 7,
  sessionInactivityMs: 30 * 60_000,
};

/** `touchline.source.changed.v1`, key `tenant␟source`. */
export interface SourceChanged {
  readonly tenant: string;
  readonly source: string;
  readonly revision: number;
  readonly region?: string;
  readonly description?: string;
}

/**
 * `touchline.erasure.requested.v1`, key `tenant␟erasureId␟part`: what an erasure took, kept for ever, so that a system built anew
 * knows of it. Keyed hashes, types and instants: no value. Every part stands for itself, in any order, any number of times.
 */
export interface ErasureRequested {
  readonly tenant: string;
  readonly erasureId: string;
  /** What was received up to then is erased; what is received later is somebody new. */
  readonly at: string;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  /** Keyed hashes of (source, id): dropped for ever, whatever the version. */
  readonly interactions: readonly string[];
  /** Taken out of everything else. */
  readonly identifiers: readonly ErasedIdentifier[];
  /** Where the interactions were filed. */
  readonly filings: readonly string[];
  readonly remains: readonly ErasedFiling[];
  readonly calls: readonly ErasedCall[];
}

export interface ErasedIdentifier {
  readonly type: string;
  /** Keyed. */
  readonly name: string;
}

/** Evidence without interactions: what the erased kept apart stays apart. */
export interface ErasedFiling {
  readonly filing: string;
  readonly unit: string;
  /** Others speak in the conversation too. */
  readonly isShared: boolean;
  /** By the names that they had; `erasureId` says of the erased ones by which erasure: this one, or one before. */
  readonly members: readonly (ErasedIdentifier & { readonly erasureId?: string })[];
  /** ms */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A call about somebody erased: ends by keyed name, without words. */
export interface ErasedCall {
  readonly callId: string;
  readonly kind: 'merge' | 'unmerge' | 'alias';
  readonly a: string;
  readonly b: string;
  readonly at: number;
}

/** Value of a record on `touchline.interaction.identified.v1` with the header `ce_refiled`: identity keeps no bodies, journey does. */
export interface RefiledBody {
  /** Keyed name of an erased identifier → what is to stand for its value (`haunt`). */
  readonly ghosts: Readonly<Record<string, string>>;
}

/** `touchline.erasure.done.v1`, key `tenant␟erasureId␟part␟service`: one service is through with one part. */
export interface ErasureDone {
  readonly tenant: string;
  readonly erasureId: string;
  readonly part: number;
  readonly service: 'ingestion' | 'identity' | 'journey' | 'metrics';
  readonly at: string;
  /** Rows erased or rewritten, by store. */
  readonly stores: Readonly<Record<string, number>>;
}
