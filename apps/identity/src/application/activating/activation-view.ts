/** An activation as the API shows it. */
import type { Activation } from './ports.js';

export interface ActivationView extends Pick<
  Activation,
  'version' | 'state' | 'step' | 'reason' | 'actor' | 'keyId' | 'size' | 'consequence' | 'failure'
> {
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export function showActivation(activation: Activation): ActivationView {
  const { version, state, step, reason, actor, keyId, size, consequence, failure } = activation;
  const instant = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  return {
    version,
    state,
    step,
    reason,
    actor,
    keyId,
    requestedAt: new Date(activation.requestedAt).toISOString(),
    startedAt: instant(activation.startedAt),
    finishedAt: instant(activation.finishedAt),
    size,
    consequence,
    failure,
  };
}
