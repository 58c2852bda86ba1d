import { InfrastructureConfig, loadConfig } from '#runtime';
import type { RestoreReport } from '#restore';
import { openDatabase } from '../adapters/open-database.js';
import { openLog } from '../adapters/open-log.js';
import { restoreInstallation } from '../restoring/restore-installation.js';
import { count, type Terminal, table } from '../terminal.js';

/** `doctor --after-restore`: the installation as configured, stopped. */
export async function settleRestore(terminal: Terminal, isDryRun: boolean): Promise<void> {
  const database = await openDatabase(loadConfig(InfrastructureConfig, process.env));
  try {
    const log = await openLog({ ...process.env, DATABASE_URL: database.url });
    try {
      const report = (text: string) => terminal.line(text);
      const options = { isDryRun, now: () => Date.now(), report };
      const done = await restoreInstallation({ databaseUrl: database.url, log }, options);
      terminal.result(done, () => show(terminal, done));
    } finally {
      await log.close();
    }
  } finally {
    await database.stop();
  }
}

function show(terminal: Terminal, report: RestoreReport): void {
  const { isDryRun, epoch, behind, takenBack, lostCalls, lostCallsMore, erasures } = report;
  terminal.line(isDryRun ? 'Dry run: nothing was changed.' : 'Ready to start.');
  terminal.line(
    `Epoch ${epoch} in all schemas: what is said from now on outdoes what was said before.`,
  );
  const topics = Object.entries(takenBack).map(([topic, { records, gone }]) => [
    topic,
    count(records),
    count(gone),
  ]);
  if (topics.length === 0) terminal.line('The log holds nothing that the database does not know.');
  else
    for (const line of table([['said again on', 'records', 'as gone'], ...topics]))
      terminal.line(`  ${line}`);
  for (const [service, records] of Object.entries(behind))
    if (records > 0) terminal.line(`${service} will handle ${count(records)} records again.`);
  for (const { tenant, erasureId, at } of erasures)
    terminal.line(
      `Erasure ${erasureId} of ${tenant} (${at}) will be carried out again: see its receipt.`,
    );
  for (const { tenant, cause, ref } of lostCalls)
    terminal.line(
      `LOST: ${cause} ${ref} of ${tenant} was asked for after the backup. Ask again if it still holds.`,
    );
  if (lostCallsMore > 0) terminal.line(`LOST: ${lostCallsMore} more.`);
}
