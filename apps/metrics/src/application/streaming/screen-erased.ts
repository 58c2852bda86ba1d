import { Injectable } from '@nestjs/common';
import type { LogRecord } from '#event-log';
import { screened, spokenOf } from '../../domain/stream-erasure.js';
import type { Screened } from '../../domain/stream-erasure.js';
import { ErasedInStream } from './ports.js';

/** Old records without what was erased since; undefined in the place of those that are not told. */
@Injectable()
export class ScreenErased {
  constructor(private readonly erasures: ErasedInStream) {}

  async execute(
    tenant: string,
    records: readonly LogRecord[],
  ): Promise<readonly (Screened | undefined)[]> {
    const erased = await this.erasures.among(tenant, () => records.map(spokenOf));
    if (erased === undefined) return records.map((record) => ({ record, isWithheld: false }));
    return records.map((record) => screened(record, erased));
  }
}
