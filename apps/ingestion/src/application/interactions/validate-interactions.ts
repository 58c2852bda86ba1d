import { Injectable } from '@nestjs/common';
import type { Identifier, InputProblem, Interaction } from '#contracts';
import { Clock } from '#kernel';
import type { Principal } from '#runtime';
import type { Warning } from '../../domain/prepare-batch.js';
import { type PostedBody, ReceiveBody } from './receive-body.js';

/** How one posted interaction would be understood. */
export interface Understanding {
  readonly index: number;
  readonly isValid: boolean;
  readonly interaction?: Interaction;
  /** As they will match. */
  readonly identifiers?: readonly Identifier[];
  readonly conversation?: string | null;
  readonly warnings: readonly Warning[];
  readonly errors: readonly InputProblem[];
}

/** The same verdicts as accepting, but nothing is stored. */
@Injectable()
export class ValidateInteractions {
  constructor(
    private readonly receiveBody: ReceiveBody,
    private readonly clock: Clock,
  ) {}

  execute(principal: Principal, body: PostedBody): Understanding[] {
    const { accepted, rejected } = this.receiveBody.execute(
      principal,
      body,
      this.clock.now(),
    ).batch;
    const good = accepted.map(({ index, interaction, warnings }): Understanding => {
      const { identifiers, conversation = null } = interaction;
      return { index, isValid: true, interaction, identifiers, conversation, warnings, errors: [] };
    });
    const bad = rejected.map(({ index, problems }): Understanding => ({
      index,
      isValid: false,
      warnings: [],
      errors: problems,
    }));
    return [...good, ...bad].sort((a, b) => a.index - b.index);
  }
}
