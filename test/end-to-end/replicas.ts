import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { ServiceName } from '#contracts';
import { eventually } from '#testing';

export interface ReplicaOptions {
  readonly service: ServiceName;
  readonly host: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Left {
  readonly code: number | null;
  readonly tookMs: number;
}

/** One process of a service, from `dist` as in production; it can be told to leave, and started again where it was. */
export class Replica {
  private program: ChildProcess | undefined;

  constructor(private readonly options: ReplicaOptions) {}

  get name(): string {
    return `${this.options.service} at ${this.options.host}`;
  }

  start(): void {
    const { service, host, port, environment } = this.options;
    this.program = spawn(process.execPath, [resolve('dist', 'apps', service, 'src', 'main.js')], {
      env: { ...environment, HOST: host, PORT: String(port) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }

  async ready(): Promise<void> {
    const { host, port } = this.options;
    await eventually(
      async () => {
        if (this.program?.exitCode !== null) return;
        const { status } = await fetch(`http://${host}:${port}/health/ready`);
        if (status !== 200) throw new Error(`${this.name} is not ready: ${status}`);
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
    const code = this.program?.exitCode;
    if (code !== null) throw new Error(`${this.name} ended with ${code}`);
  }

  /** SIGTERM, as orchestrators send it; resolves when the process is gone. */
  async leave(): Promise<Left> {
    const { program } = this;
    if (program === undefined || program.exitCode !== null)
      return { code: program?.exitCode ?? null, tookMs: 0 };
    const gone = once(program, 'exit');
    const askedAt = performance.now();
    program.kill('SIGTERM');
    const [code] = (await gone) as [number | null];
    return { code, tookMs: performance.now() - askedAt };
  }
}
