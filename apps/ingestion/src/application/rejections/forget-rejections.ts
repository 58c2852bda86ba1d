import { Injectable } from '@nestjs/common';
import { Rejections } from '../ports.js';

/** Rows deleted in one transaction: short locks, whatever has piled up. */
const SLICE_MAX = 1_000;

/** Deletes what was received too long ago, slice by slice. */
@Injectable()
export class ForgetRejections {
  constructor(private readonly rejections: Rejections) {}

  /** `receivedBefore` in ms since 1970. Answers how many. */
  async execute(receivedBefore: number): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const deleted = await this.rejections.forget(receivedBefore, SLICE_MAX);
      forgotten += deleted;
      if (deleted < SLICE_MAX) return forgotten;
    }
  }
}
