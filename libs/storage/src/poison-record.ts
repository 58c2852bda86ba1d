import { Fault } from '#kernel';
import type { LogRecord } from '#event-log';
import type { DeadLetter } from './unit-of-work.js';

/** Thrown by a decoder inside `consume`: this record cannot be read, now or ever. */
export class PoisonRecord extends Fault implements DeadLetter {
  readonly record: LogRecord;
  readonly detail: string;

  constructor(record: LogRecord, code: string, detail: string) {
    super(code, detail);
    this.name = 'PoisonRecord';
    this.record = record;
    this.detail = detail;
  }
}
