import { describeError } from './describe-error.js';

export interface CheckResult {
  readonly name: string;
  readonly isUp: boolean;
  /** What it is when up (`kafka <cluster id>`), why not when down. */
  readonly detail: string;
}

const CHECK_TIMEOUT_MS = 2_000;

/** What must work before a process takes traffic. Parts register a check; `/health/ready` runs them side by side. */
export class Readiness {
  private readonly checks = new Map<string, () => Promise<string>>();

  /** `check` resolves with what it found, or throws with the fix named. */
  register(name: string, check: () => Promise<string>): void {
    this.checks.set(name, check);
  }

  async results(): Promise<CheckResult[]> {
    return Promise.all([...this.checks].map(([name, check]) => run(name, check)));
  }
}

async function run(name: string, check: () => Promise<string>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return { name, isUp: true, detail: await Promise.race([check(), late]) };
  } catch (error) {
    return { name, isUp: false, detail: String(describeError(error)['message'] ?? 'failed') };
  } finally {
    clearTimeout(timer);
  }
}
