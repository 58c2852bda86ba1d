import { cpuByProcess } from './cpu.js';
import type { Measurement } from './arm.js';

/** Runs `work`, and gives its wall time and the CPU that each process spent on it. */
export async function measure(
  interactions: number,
  pids: Readonly<Record<string, number>>,
  work: () => Promise<void>,
): Promise<Measurement> {
  const before = cpuByProcess(pids);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = cpuByProcess(pids);
  const cpuUs = Object.fromEntries(
    Object.keys(pids).map((name) => [
      name,
      ((after[name] ?? 0) - (before[name] ?? 0)) / interactions,
    ]),
  );
  return { interactions, seconds, cpuUs };
}

/** Polls `isDone` every 20 ms; throws after `limitMs`, so that no arm hangs. */
export async function until(isDone: () => Promise<boolean>, limitMs: number): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await isDone())) {
    if (performance.now() > endsAt) throw new Error(`not finished within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
