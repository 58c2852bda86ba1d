import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant } from '#contracts';
import type { EventLog } from '#event-log';
import { Fault } from '#kernel';
import { type Snapshot, withSnapshot } from '#storage';
import { compareTables, recompute, type TableReport } from '#verify';
import { lagAt } from './lag.js';
import { readInstallation, tenantsIn } from './read-installation.js';

export interface Subject {
  readonly databaseUrl: string;
  readonly log: EventLog;
  /** Of the installation: key of profile ids. */
  readonly secret: string;
}

export interface VerifyOptions {
  /** One only; else all. */
  readonly tenant?: string;
  /** How long to wait for services that lag behind, ms. */
  readonly patienceMs: number;
  readonly differencesMax?: number;
  readonly report?: (text: string) => void;
}

export interface TenantReport {
  readonly tenant: string;
  /** RFC 3339: what was due then has happened. */
  readonly watermark: string;
  /** Versions in the archive. */
  readonly interactions: number;
  readonly calls: number;
  readonly tables: readonly TableReport[];
  /** Fact kinds and KPIs that nothing recomputes yet, with how many rows the services keep of each. */
  readonly notRecomputed: Readonly<Record<string, number>>;
}

export interface Verification {
  readonly isEqual: boolean;
  readonly tenants: readonly TenantReport[];
}

const LOOK_AGAIN_MS = 500;

/**
 * Recomputes everything from the archive and compares it with what the services keep, at one moment of the database. Waits
 * until nothing is on its way; throws a Fault `unavailable` that names what lags when patience ends.
 */
export async function verifyInstallation(
  subject: Subject,
  options: VerifyOptions,
): Promise<Verification> {
  const until = Date.now() + options.patienceMs;
  for (;;) {
    const outcome = await withSnapshot(subject.databaseUrl, async (snapshot) => {
      const lags = await lagAt(snapshot, subject.log);
      if (lags.length > 0) return lags.join('; ');
      return verifyAt(snapshot, subject.secret, options);
    });
    if (typeof outcome !== 'string') return outcome;
    if (Date.now() > until) throw new Fault('unavailable', `Still on its way: ${outcome}.`);
    options.report?.(`waiting: ${outcome}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function verifyAt(
  snapshot: Snapshot,
  secret: string,
  { tenant, report, differencesMax }: VerifyOptions,
): Promise<Verification> {
  const names = (await tenantsIn(snapshot)).filter((name) => name === (tenant ?? name));
  if (names.length === 0) throw new Fault('not-found', `There is no tenant ${tenant ?? ''}.`);
  const tenants: TenantReport[] = [];
  for (const name of names) {
    const { archive, recorded, notRecomputed } = await readInstallation(snapshot, {
      tenant: name,
      secret,
      report: (versions) => report?.(`${name}: ${versions} interactions read`),
    });
    report?.(`${name}: ${archive.interactions.length} interactions, recomputing`);
    tenants.push({
      tenant: name,
      watermark: formatInstant(archive.watermark),
      interactions: archive.interactions.length,
      calls: archive.calls.length,
      tables: compareTables(recorded, recompute(archive), differencesMax),
      notRecomputed,
    });
  }
  const isEqual = tenants.every(({ tables }) => tables.every(({ different }) => different === 0));
  return { isEqual, tenants };
}
