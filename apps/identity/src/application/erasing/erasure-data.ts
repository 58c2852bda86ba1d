import type { ErasureRequested } from '#contracts';

/** The part of a request that is put in the place of what is erased. */
export type ErasureData = Pick<ErasureRequested, 'tenant' | 'erasureId' | 'remains' | 'calls'>;
