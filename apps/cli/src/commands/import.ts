import { SystemClock } from '#kernel';
import { CheckpointFiles } from '../adapters/checkpoint-files.js';
import { DiskFile } from '../adapters/disk-file.js';
import { HttpSink } from '../adapters/http-sink.js';
import { readMapping } from '../adapters/read-mapping.js';
import { ImportFile, type ImportSummary } from '../application/import-file.js';
import { connect, type ConnectionOptions, dataDirectory, withConnection } from '../connection.js';
import type { Mapping } from '../domain/mapping.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { bar, count, type Terminal } from '../terminal.js';
import { join } from 'node:path';

export interface TransferOptions extends ConnectionOptions {
  readonly concurrency: string;
  readonly restart?: boolean;
}

interface ImportCommandOptions extends TransferOptions {
  readonly map: string;
}

export const withTransfer = (command: ReturnType<typeof newCommand>) =>
  withConnection(command)
    .option('--concurrency <n>', 'requests on their way at a time, 1 to 16', '4')
    .option('--restart', 'post everything again instead of going on after a checkpoint');

export function importCommand() {
  return withTransfer(newCommand('import', 'Import a file (CSV, fixed width, NDJSON)'))
    .argument('<file>')
    .requiredOption('--map <map.yaml>', 'how records become interactions')
    .action(
      act<ImportCommandOptions>(async (terminal, options, path = '') =>
        transfer(terminal, { ...options, path, mapping: await readMapping(options.map) }),
      ),
    );
}

/** Posts a file; shared by `import` and `send`. Exit code 2 when records were rejected. */
export async function transfer(
  terminal: Terminal,
  options: TransferOptions & { readonly path: string; readonly mapping: Mapping },
): Promise<number> {
  const { path, mapping, url } = options;
  const sink = new HttpSink(await connect(options));
  const checkpoints = new CheckpointFiles(join(dataDirectory(), 'imports'));
  const importer = new ImportFile(sink, checkpoints, new SystemClock());
  let summary: ImportSummary | undefined;
  await terminal.steps([
    {
      title: `Posting ${path} to ${url}`,
      run: async (report) => {
        summary = await importer.execute({
          file: new DiskFile(path),
          mapping,
          target: url,
          concurrency: Math.min(16, Math.max(1, Number(options.concurrency) || 4)),
          isRestart: options.restart,
          onProgress: ({ offset, size, records }) =>
            report(bar(offset, size, `${count(records)} records`)),
        });
        return `${count(summary.records)} ${summary.records === 1 ? 'record' : 'records'}, ${count(summary.accepted)} accepted`;
      },
    },
  ]);
  if (!summary) return EXIT.failed;
  terminal.result(summary, () => show(terminal, summary as ImportSummary));
  return summary.rejected > 0 ? EXIT.rejections : EXIT.done;
}

function show(terminal: Terminal, summary: ImportSummary): void {
  if (summary.resumedAfter > 0) {
    terminal.line(`Went on after ${count(summary.resumedAfter)} records of an earlier run.`);
  }
  if (summary.shiftDays !== 0) terminal.line(`Dates were shifted by ${summary.shiftDays} days.`);
  if (summary.rejected === 0) return;
  terminal.line(`${count(summary.rejected)} were rejected:`);
  for (const { line, code, detail, pointer } of summary.rejections) {
    terminal.line(`  line ${line}: ${code} ${pointer ?? ''} ${detail}`);
  }
  const hidden = summary.rejected - summary.rejections.length;
  if (hidden > 0) terminal.line(`  and ${count(hidden)} more: GET /v1/rejections`);
}
