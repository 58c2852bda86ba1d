import { readFileSync, readdirSync } from 'node:fs';

/**
 * CPU time of processes and their descendants, from /proc (Linux). Elsewhere every figure is 0 and the table says `n/a`.
 * A child that ended between two readings is missing from the second: fine for long-lived servers.
 */
const TICK_US = 10_000;

interface ProcessEntry {
  readonly parent: number;
  readonly cpuUs: number;
}

function processTable(): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>();
  if (process.platform !== 'linux') return table;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readStat(name);
    if (entry !== undefined) table.set(Number(name), entry);
  }
  return table;
}

function readStat(pid: string): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
    return { parent: Number(fields[1]), cpuUs: ticks * TICK_US };
  } catch {
    return undefined; // it ended while we read
  }
}

/** µs of CPU that each named process and its descendants have used so far. */
export function cpuByProcess(pids: Readonly<Record<string, number>>): Record<string, number> {
  const table = processTable();
  const owner = new Map<number, string>(Object.entries(pids).map(([name, pid]) => [pid, name]));
  const sums: Record<string, number> = Object.fromEntries(
    Object.keys(pids).map((name) => [name, 0]),
  );
  for (const [pid, entry] of table) {
    const name = ownerOf(pid, table, owner);
    if (name !== undefined) sums[name] = (sums[name] ?? 0) + entry.cpuUs;
  }
  return sums;
}

function ownerOf(
  pid: number,
  table: ReadonlyMap<number, ProcessEntry>,
  owner: ReadonlyMap<number, string>,
): string | undefined {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = table.get(at)?.parent) {
    const name = owner.get(at);
    if (name !== undefined) return name;
  }
  return undefined;
}
