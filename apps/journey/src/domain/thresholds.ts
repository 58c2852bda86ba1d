/**
 * What a tenant has set that facts are derived by. A fold is made under one set of them from its first step to its last: where
 * it stands says under which, and under another set it is made anew.
 */

export interface Thresholds {
  /** How long after the last word of an issue a contact still belongs to it. */
  readonly issueWindowMs: number;
  /** How long nothing may happen in a session. */
  readonly sessionInactivityMs: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  issueWindowMs: 7 * 24 * 3_600_000,
  sessionInactivityMs: 30 * 60_000,
};

/** Equal for equal sets; empty for the default. */
export function thresholdsName({ issueWindowMs, sessionInactivityMs }: Thresholds): string {
  const isDefault =
    issueWindowMs === DEFAULT_THRESHOLDS.issueWindowMs &&
    sessionInactivityMs === DEFAULT_THRESHOLDS.sessionInactivityMs;
  return isDefault ? '' : `issue ${issueWindowMs}, session ${sessionInactivityMs}`;
}

export interface ThresholdsInForce extends Thresholds {
  /** Of the settings that brought them. */
  readonly revision: number;
}

/** Those of whom no settings have come have the default. */
export type ThresholdsByTenant = ReadonlyMap<string, ThresholdsInForce>;
