import type { ErasureRequested } from '#contracts';

/** The part of a request that is put in the place of what is taken away; of what is merely old, nothing is. */
export interface ErasureData extends Pick<
  ErasureRequested,
  'tenant' | 'erasureId' | 'remains' | 'calls'
> {
  /** `retention`: the reference is the horizon, and a newer version may come back. */
  readonly cause: 'erasure' | 'retention';
}
