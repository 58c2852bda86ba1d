import { Listr } from 'listr2';
import { isFault } from '#kernel';
import { ConfigurationFault } from '#runtime';

export interface Step {
  readonly title: string;
  /** `report` shows how far it is. Returns what to show when done. */
  run(report: (text: string) => void): Promise<string | undefined>;
}

const REPORT_EVERY_MS = 2_000;

/**
 * What a command says. For people: lines and, on a terminal, progress that redraws. With `--json` the last line of standard
 * output is the result as JSON, and everything else goes to standard error.
 */
export class Terminal {
  constructor(readonly isJson: boolean) {}

  line(text = ''): void {
    if (this.isJson) process.stderr.write(`${text}\n`);
    else process.stdout.write(`${text}\n`);
  }

  /** The result: JSON for machines, else whatever `show` prints. */
  result(value: unknown, show: () => void): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    else show();
  }

  /** Said once: as JSON to machines, in a sentence to people. */
  error(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    if (this.isJson)
      process.stdout.write(`${JSON.stringify({ error: { code: codeOf(error), detail } })}\n`);
    else process.stderr.write(isFault(error) ? `${error.code}: ${detail}\n` : `${detail}\n`);
  }

  async steps(steps: readonly Step[]): Promise<void> {
    if (process.stdout.isTTY && !this.isJson) await drawSteps(steps);
    else for (const step of steps) await this.writeStep(step);
  }

  private async writeStep({ title, run }: Step): Promise<void> {
    let saidAt = performance.now();
    this.line(`${title} …`);
    const done = await run((text) => {
      if (performance.now() - saidAt < REPORT_EVERY_MS) return;
      saidAt = performance.now();
      this.line(`${title}: ${text}`);
    });
    this.line(`${title}: ${done ?? 'done'}`);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof ConfigurationFault) return 'configuration';
  return isFault(error) ? error.code : 'internal';
}

async function drawSteps(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: async (_: unknown, task: { title?: string; output?: string | unknown }) => {
      const done = await run((text) => {
        task.output = text;
      });
      if (done !== undefined) task.title = `${title}: ${done}`;
    },
  }));
  await new Listr(tasks).run();
}

const BAR_WIDTH = 24;

/** `[######------------------] 25 %  1,730 records` */
export function bar(done: number, total: number, note: string): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)} %  ${note}`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** Columns padded to their widest cell; numbers, which start with a digit or sign, to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column > 0 && /^[-+\d–]/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
