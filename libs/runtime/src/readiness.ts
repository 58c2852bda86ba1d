import { describeError } from './describe-error.js';
import { inTime } from './in-time.js';

export interface CheckResult {
  readonly name: string;
  readonly isUp: boolean;
  /** Down = the process still does its work, only slower. */
  readonly isOptional: boolean;
  /** What it is when up (`kafka <cluster id>`), why not when down. */
  readonly detail: string;
}

export interface CheckOptions {
  readonly isOptional?: boolean;
}

interface Check {
  readonly run: () => Promise<string>;
  readonly isOptional: boolean;
}

const CHECK_TIMEOUT_MS = 2_000;

/** What must work before a process takes traffic. Parts register a check; `/health/ready` runs them side by side. */
export class Readiness {
  private readonly checks = new Map<string, Check>();
  private isOver = false;

  /** `check` resolves with what it found, or throws with the fix named. */
  register(name: string, check: Check['run'], options: CheckOptions = {}): void {
    this.checks.set(name, { run: check, isOptional: options.isOptional ?? false });
  }

  /** Not ready from now on, whatever the checks find: who sends work here is to stop. */
  leave(): void {
    this.isOver = true;
  }

  isLeaving(): boolean {
    return this.isOver;
  }

  async results(): Promise<CheckResult[]> {
    if (this.isOver)
      return [{ name: 'process', isUp: false, isOptional: false, detail: 'it is leaving' }];
    return Promise.all([...this.checks].map(([name, check]) => run(name, check)));
  }
}

async function run(name: string, { run, isOptional }: Check): Promise<CheckResult> {
  try {
    return { name, isOptional, isUp: true, detail: await inTime(run(), CHECK_TIMEOUT_MS) };
  } catch (error) {
    return {
      name,
      isOptional,
      isUp: false,
      detail: String(describeError(error)['message'] ?? 'failed'),
    };
  }
}
