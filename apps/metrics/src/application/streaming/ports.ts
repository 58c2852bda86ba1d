import type { Erased, Spoken } from '../../domain/stream-erasure.js';

/** Who was erased, of those that records speak of. */
export abstract class ErasedInStream {
  /** Undefined: nobody was ever erased in the tenant. */
  abstract among(tenant: string, spoken: () => readonly Spoken[]): Promise<Erased | undefined>;
}

/** Named maxima of the stream. */
export abstract class StreamLimits {
  /** Open at once in this process, and with one key. */
  abstract readonly streamsMax: number;
  abstract readonly perKeyMax: number;
  /** Waiting for one client; beyond, it reads from the log again when it takes more. */
  abstract readonly queueRecordsMax: number;
  abstract readonly queueBytesMax: number;
  /** Of one page from the log; bytes are of each partition. */
  abstract readonly pageRecordsMax: number;
  abstract readonly pageBytesMax: number;
  /** A sign of life at least this often. */
  abstract readonly heartbeatMs: number;
  /** A client that takes nothing for so long is cut. */
  abstract readonly patienceMs: number;
}
